#include "libs/policy/calendar_rules_of.h"

#include <algorithm>

namespace redress {
namespace {

constexpr int32_t kLongestHolidayDays = 3660;

absl::CivilDay DayOf(int32_t days) { return absl::CivilDay(1970, 1, 1) + days; }

}  // namespace

CalendarRules CalendarRulesOf(const policy::v1::Calendar& calendar) {
  CalendarRules rules;
  rules.zone = calendar.time_zone();
  for (const auto& week : calendar.week()) {
    for (const int day : week.days()) {
      if (day < policy::v1::Calendar::MON || day > policy::v1::Calendar::SUN) continue;
      auto& windows = rules.weekly[static_cast<size_t>(day - policy::v1::Calendar::MON)];
      for (const auto& window : week.windows()) {
        windows.push_back(
            {static_cast<int>(window.start_minute()), static_cast<int>(window.end_minute())});
      }
    }
  }
  for (const auto& holiday : calendar.holidays()) {
    const int32_t last = std::max(holiday.first(), holiday.last());
    for (int32_t day = holiday.first(); day <= last && day - holiday.first() < kLongestHolidayDays;
         ++day) {
      rules.closed.push_back(DayOf(day));
    }
  }
  for (const auto& extra : calendar.extra_working_days()) {
    ExtraDay day{DayOf(extra.date()), {}};
    for (const auto& window : extra.windows()) {
      day.windows.push_back(
          {static_cast<int>(window.start_minute()), static_cast<int>(window.end_minute())});
    }
    rules.extra.push_back(std::move(day));
  }
  rules.working_day = absl::Milliseconds(calendar.working_day().ms());
  return rules;
}

}  // namespace redress
