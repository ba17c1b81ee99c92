#include "libs/domain/calendar/calendar_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "libs/base/status.h"

namespace redress {
namespace {

constexpr int kMinutesPerDay = 1440;
constexpr const char* kWeekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                     "Friday", "Saturday", "Sunday"};

absl::Status CheckWindows(absl::string_view day, std::vector<DailyWindow> windows) {
  std::sort(windows.begin(), windows.end());
  int free_from = 0;
  for (const DailyWindow& window : windows) {
    const bool in_bounds = window.open_minute >= 0 && window.open_minute < kMinutesPerDay &&
                           window.close_minute > 0 && window.close_minute <= kMinutesPerDay &&
                           window.open_minute != window.close_minute;
    if (!in_bounds) {
      return absl::InvalidArgumentError(absl::StrCat("calendar: ", day, ": window from minute ",
                                                     window.open_minute, " to ",
                                                     window.close_minute, " is not within a day"));
    }
    if (window.open_minute < free_from) {
      return absl::InvalidArgumentError(
          absl::StrCat("calendar: ", day, ": windows overlap at minute ", window.open_minute));
    }
    free_from = window.close_minute < window.open_minute ? kMinutesPerDay : window.close_minute;
  }
  return absl::OkStatus();
}

// The loader of time zones also takes file names and "localtime", which would make the result
// depend on the machine.
absl::Status CheckZone(absl::string_view zone) {
  bool plain = !zone.empty() && absl::ascii_isalpha(static_cast<unsigned char>(zone[0])) &&
               zone != "localtime";
  for (char c : zone) {
    const bool letter_or_digit = absl::ascii_isalnum(static_cast<unsigned char>(c));
    plain = plain && (letter_or_digit || c == '_' || c == '+' || c == '-' || c == '/');
  }
  absl::TimeZone loaded;
  if (!plain || !absl::LoadTimeZone(zone, &loaded)) {
    return absl::InvalidArgumentError(absl::StrCat("calendar: unknown time zone \"", zone, "\""));
  }
  return absl::OkStatus();
}

absl::Status CheckDates(const CalendarRules& rules) {
  std::set<absl::CivilDay> named;
  for (const ExtraDay& day : rules.extra) {
    const std::string name = absl::FormatCivilTime(day.date);
    if (!named.insert(day.date).second) {
      return absl::InvalidArgumentError(absl::StrCat("calendar: ", name, " is named twice"));
    }
    if (day.windows.empty() && UsualWindows(rules).empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("calendar: extra day ", name, " has no hours"));
    }
    REDRESS_RETURN_IF_ERROR(CheckWindows(name, day.windows));
  }
  return absl::OkStatus();
}

bool HasWindows(const CalendarRules& rules) {
  return std::any_of(rules.weekly.begin(), rules.weekly.end(),
                     [](const auto& day) { return !day.empty(); });
}

void AppendWindows(std::vector<DailyWindow> windows, std::string& out) {
  std::sort(windows.begin(), windows.end());
  for (const DailyWindow& window : windows) {
    absl::StrAppend(&out, " ", window.open_minute, "-", window.close_minute);
  }
  out += '\n';
}

}  // namespace

absl::Status CheckRules(const CalendarRules& rules) {
  if (rules.always_open) {
    if (HasWindows(rules) || !rules.zone.empty() || !rules.closed.empty() || !rules.extra.empty() ||
        rules.working_day != absl::ZeroDuration()) {
      return absl::InvalidArgumentError("calendar: always open, yet with other rules");
    }
    return absl::OkStatus();
  }
  REDRESS_RETURN_IF_ERROR(CheckZone(rules.zone));
  for (size_t i = 0; i < rules.weekly.size(); ++i) {
    REDRESS_RETURN_IF_ERROR(CheckWindows(kWeekdays[i], rules.weekly[i]));
  }
  if (rules.working_day < absl::ZeroDuration() || rules.working_day > absl::Hours(24) ||
      rules.working_day % absl::Minutes(1) != absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("calendar: a working day of ", absl::FormatDuration(rules.working_day)));
  }
  REDRESS_RETURN_IF_ERROR(CheckDates(rules));
  if (!HasWindows(rules) && rules.extra.empty()) {
    return absl::InvalidArgumentError("calendar: no working time at all");
  }
  return absl::OkStatus();
}

const std::vector<DailyWindow>& UsualWindows(const CalendarRules& rules) {
  const auto first = std::find_if(rules.weekly.begin(), rules.weekly.end() - 1,
                                  [](const auto& day) { return !day.empty(); });
  return *first;
}

absl::Duration WorkingDayOf(const CalendarRules& rules) {
  if (rules.working_day != absl::ZeroDuration()) return rules.working_day;
  if (rules.always_open) return absl::Hours(24);
  absl::Duration sum;
  for (const DailyWindow& window : UsualWindows(rules)) sum += absl::Minutes(LengthMinutes(window));
  return sum;
}

std::string CanonicalBytes(const CalendarRules& rules) {
  std::string out = absl::StrCat("calendar 1\nalways_open ", rules.always_open ? 1 : 0, "\nzone ",
                                 rules.zone, "\n");
  for (const auto& day : rules.weekly) {
    out += "weekday";
    AppendWindows(day, out);
  }
  for (const absl::CivilDay& date :
       std::set<absl::CivilDay>(rules.closed.begin(), rules.closed.end())) {
    absl::StrAppend(&out, "closed ", absl::FormatCivilTime(date), "\n");
  }
  std::vector<ExtraDay> extra = rules.extra;
  std::sort(extra.begin(), extra.end(),
            [](const auto& a, const auto& b) { return a.date < b.date; });
  for (const ExtraDay& day : extra) {
    absl::StrAppend(&out, "extra ", absl::FormatCivilTime(day.date));
    AppendWindows(day.windows, out);
  }
  absl::StrAppend(&out, "working_day ", absl::ToInt64Minutes(WorkingDayOf(rules)), "\n");
  return out;
}

}  // namespace redress
