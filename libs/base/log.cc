#include "libs/base/log.h"

#include <unistd.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "libs/base/time.h"
#include "libs/base/utf8.h"

namespace redress {
namespace {

std::atomic<LogLevel> minimum{LogLevel::kInfo};

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

std::string LogValue::Quoted(std::string_view text) {
  const std::string clean = IsUtf8(text) ? std::string(text) : ReplaceInvalidUtf8(text);
  std::string out = "\"";
  for (char c : clean) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          absl::StrAppend(&out, absl::StrFormat("\\u%04x", c));
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

void SetLogLevel(LogLevel level) { minimum = level; }

bool SetLogLevelByName(std::string_view name) {
  for (LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (NameOf(level) == name) {
      SetLogLevel(level);
      return true;
    }
  }
  return false;
}

void Log(LogLevel level, std::string_view service, std::string_view message, LogFields fields) {
  if (level < minimum.load(std::memory_order_relaxed)) return;
  std::string line = absl::StrCat(
      "{\"time\":\"", Rfc3339(ToMicros(absl::Now())), "\",\"level\":\"", std::string(NameOf(level)),
      "\",\"service\":", LogValue::Quoted(service), ",\"message\":", LogValue::Quoted(message));
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&line, ",", LogValue::Quoted(name), ":", value.json());
  }
  line += "}\n";
  // One write per line, so that lines of several threads never mix.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace redress
