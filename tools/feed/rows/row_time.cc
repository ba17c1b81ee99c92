#include "tools/feed/rows/row_time.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/text.h"

namespace redress::feed {
namespace {

// Tried in this order. %Ez takes Z, +hh:mm and +hhmm; %E*S any fraction.
constexpr const char* kFormats[] = {
    "%Y-%m-%d%ET%H:%M:%E*S%Ez",
    "%Y-%m-%d%ET%H:%M:%E*S",
    "%Y-%m-%d%ET%H:%M%Ez",
    "%Y-%m-%d%ET%H:%M",
    "%Y-%m-%d %H:%M:%E*S %Ez",
    "%Y-%m-%d %H:%M:%E*S%Ez",
    "%Y-%m-%d %H:%M:%E*S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%E*S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%m/%d/%Y %I:%M:%E*S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%E*S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%d/%m/%Y %H:%M:%E*S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%d.%m.%Y %H:%M:%E*S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y.%m.%d %H:%M:%E*S",
    "%Y.%m.%d",
    "%a, %d %b %Y %H:%M:%S %Ez",
    "%d %b %Y %H:%M:%S %Ez",
    "%a %b %d %H:%M:%S %Ez %Y",
    "%a, %d %b %Y %H:%M:%S UTC",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%d %b %Y",
    "%b %d, %Y %H:%M:%S",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日%H时%M分%S秒",
    "%Y年%m月%d日%H时%M分",
    "%Y年%m月%d日 %H时%M分%S秒",
    "%Y年%m月%d日 %H时%M分",
    "%Y年%m月%d日",
};

bool Plausible(absl::Time time) {
  static const absl::Time first = absl::FromCivil(absl::CivilDay(1900, 1, 1), absl::UTCTimeZone());
  static const absl::Time last = absl::FromCivil(absl::CivilDay(2200, 1, 1), absl::UTCTimeZone());
  return time >= first && time < last;
}

// Digits only: YYYYMMDD, YYYYMMDDhhmmss, or a count since 1970 whose unit its length tells.
std::optional<absl::Time> ParseDigits(std::string_view digits, absl::TimeZone zone) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(Absl(digits), &number)) return std::nullopt;
  switch (digits.size()) {
    case 9:
    case 10:
      return absl::FromUnixSeconds(number);
    case 12:
    case 13:
      return absl::FromUnixMillis(number);
    case 16:
      return absl::FromUnixMicros(number);
    case 8: {
      const absl::CivilDay day(number / 10000, number / 100 % 100, number % 100);
      if (day.month() != number / 100 % 100 || day.day() != number % 100) return std::nullopt;
      return absl::FromCivil(day, zone);
    }
    case 14: {
      const int64_t date = number / 1000000;
      const int64_t time = number % 1000000;
      const absl::CivilSecond second(date / 10000, date / 100 % 100, date % 100, time / 10000,
                                     time / 100 % 100, time % 100);
      if (second.month() != date / 100 % 100 || second.day() != date % 100) return std::nullopt;
      return absl::FromCivil(second, zone);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<absl::Time> ParseRowTime(std::string_view text, absl::TimeZone zone) {
  const std::string_view trimmed = Std(absl::StripAsciiWhitespace(Absl(text)));
  if (trimmed.empty() || trimmed.size() > 64) return std::nullopt;
  if (std::all_of(trimmed.begin(), trimmed.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    const auto time = ParseDigits(trimmed, zone);
    return time && Plausible(*time) ? time : std::nullopt;
  }
  for (const char* format : kFormats) {
    absl::Time time;
    if (absl::ParseTime(format, Absl(trimmed), zone, &time, nullptr) && Plausible(time))
      return time;
  }
  return std::nullopt;
}

}  // namespace redress::feed
