#include "libs/base/file.h"

#include <cerrno>
#include <cstdio>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace redress {
namespace {

constexpr size_t kChunkBytes = 64 << 10;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most_bytes) {
  const std::string unread = absl::StrCat(path, ": cannot be read");
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return absl::ErrnoToStatus(errno, unread);
  std::string bytes;
  while (bytes.size() <= most_bytes) {
    const size_t before = bytes.size();
    bytes.resize(before + kChunkBytes);
    const size_t got = std::fread(bytes.data() + before, 1, kChunkBytes, file.get());
    bytes.resize(before + got);
    if (std::ferror(file.get()) != 0) return absl::ErrnoToStatus(errno, unread);
    if (got < kChunkBytes) break;
  }
  if (bytes.size() > most_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(unread, ": holds more than ", most_bytes, " bytes"));
  }
  return bytes;
}

}  // namespace redress
