#include "libs/projection/rocksdb/log_lines.h"

#include <array>
#include <cstdio>
#include <string_view>

#include "libs/base/log.h"

namespace redress {
namespace {

constexpr size_t kLongestLine = 1000;

}  // namespace

void RocksDbLogLines::Logv(const char* format, va_list arguments) {
  const std::string_view text(format);
  const bool error = text.rfind("[ERROR]", 0) == 0 || text.rfind("[FATAL]", 0) == 0;
  if (!error && text.rfind("[WARN]", 0) != 0) return;
  std::array<char, kLongestLine> line;
  if (std::vsnprintf(line.data(), line.size(), format, arguments) < 0) return;
  std::string_view said(line.data());
  while (!said.empty() && said.back() == '\n') said.remove_suffix(1);
  Log(error ? LogLevel::kError : LogLevel::kWarning, "rocksdb", said, {{"database", name_}});
}

}  // namespace redress
