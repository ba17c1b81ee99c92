// Structured logs: one JSON object a line on stderr, with `time`, `level`, `service`, `message` and
// the given fields. Never personal data, never a text of a complaint. Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace redress {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

class LogValue {
 public:
  LogValue(std::string_view text) : json_(Quoted(text)) {}                 // NOLINT
  LogValue(const char* text) : LogValue(std::string_view(text)) {}         // NOLINT
  LogValue(const std::string& text) : LogValue(std::string_view(text)) {}  // NOLINT
  LogValue(int64_t number) : json_(std::to_string(number)) {}              // NOLINT
  LogValue(int number) : LogValue(static_cast<int64_t>(number)) {}         // NOLINT
  LogValue(uint64_t number) : json_(std::to_string(number)) {}             // NOLINT
  LogValue(uint32_t number) : LogValue(static_cast<uint64_t>(number)) {}   // NOLINT
  LogValue(bool flag) : json_(flag ? "true" : "false") {}                  // NOLINT
  const std::string& json() const { return json_; }

  // The text as a JSON string; bytes that are not UTF-8 become U+FFFD.
  static std::string Quoted(std::string_view text);

 private:
  std::string json_;
};

using LogFields = std::initializer_list<std::pair<std::string_view, LogValue>>;

// Lines below `level` are dropped; the default is info.
void SetLogLevel(LogLevel level);
// "debug", "info", "warning" or "error"; false when it is none of them.
bool SetLogLevelByName(std::string_view name);

void Log(LogLevel level, std::string_view service, std::string_view message, LogFields fields = {});

}  // namespace redress
