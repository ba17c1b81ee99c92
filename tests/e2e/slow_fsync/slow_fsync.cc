// A disk that takes its time: loaded before the C library (LD_PRELOAD), it lets every fsync and
// fdatasync of a process last a second longer while the file named by REDRESS_SLOW_WHILE exists.
// For tests/e2e/disk_test.py.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace {

using Sync = int (*)(int);

int Slowly(const char* name, int file) {
  const char* while_there = std::getenv("REDRESS_SLOW_WHILE");
  if (while_there != nullptr && access(while_there, F_OK) == 0) sleep(1);
  return reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name))(file);
}

}  // namespace

extern "C" int fsync(int file) { return Slowly("fsync", file); }
extern "C" int fdatasync(int file) { return Slowly("fdatasync", file); }
