#include "tests/perf/generator.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "tests/perf/load_loop.h"

namespace redress::perf {
namespace {

template <typename T>
bool ReadWhole(int pipe, T* value) {
  char* to = reinterpret_cast<char*>(value);
  for (size_t done = 0; done < sizeof(T);) {
    const ssize_t got = read(pipe, to + done, sizeof(T) - done);
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

template <typename T>
bool WriteWhole(int pipe, const T& value) {
  const char* from = reinterpret_cast<const char*>(&value);
  for (size_t done = 0; done < sizeof(T);) {
    const ssize_t put = write(pipe, from + done, sizeof(T) - done);
    if (put <= 0) return false;
    done += static_cast<size_t>(put);
  }
  return true;
}

// The child: sends what it is told until the pipe closes.
[[noreturn]] void Serve(int orders, int answers, const DemoTexts& texts,
                        const std::atomic<uint64_t>& routed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Load load;
  while (ReadWhole(orders, &load)) {
    const auto sent = std::make_unique<Sent>(RunLoad(load, texts, routed));
    if (!WriteWhole(answers, *sent)) break;
  }
  // gRPC's threads live as long as the process: no destructors.
  std::_Exit(0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Generator>> Generator::Fork(const DemoTexts& texts) {
  // Not for programs that are started later (a broker): the child ends when the pipe closes.
  int orders[2], answers[2];
  void* shared = mmap(nullptr, sizeof(std::atomic<uint64_t>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED || pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) {
    return absl::ResourceExhaustedError("no memory or no pipe for the generator");
  }
  std::unique_ptr<Generator> generator(new Generator());
  generator->routed_ = new (shared) std::atomic<uint64_t>(0);
  generator->pid_ = fork();
  if (generator->pid_ < 0) return absl::ResourceExhaustedError("no process for the generator");
  if (generator->pid_ == 0) {
    close(orders[1]);
    close(answers[0]);
    Serve(orders[0], answers[1], texts, *generator->routed_);
  }
  close(orders[0]);
  close(answers[1]);
  generator->orders_ = orders[1];
  generator->answers_ = answers[0];
  return generator;
}

Generator::~Generator() {
  if (pid_ <= 0) return;
  close(orders_);
  close(answers_);
  waitpid(pid_, nullptr, 0);
}

absl::StatusOr<Sent> Generator::Send(const Load& load) {
  auto sent = std::make_unique<Sent>();
  if (!WriteWhole(orders_, load) || !ReadWhole(answers_, sent.get())) {
    return absl::UnavailableError("the generator has ended");
  }
  return *sent;
}

}  // namespace redress::perf
