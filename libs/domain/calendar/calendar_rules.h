// What a business calendar says, as plain values: the input of `CompiledCalendar`. The policy
// loader makes it from the calendars of the policy (F9.6, F9.17); nothing here knows files, YAML or
// protos.
//
// When is an instant working time? When the wall clock of `zone` shows a time inside a window of
// its date:
//   * the windows of a date are its `extra` entry's (which also beats a holiday [调休]), else none
//   if it is
//     in `closed`, else those of its weekday;
//   * a window that runs past midnight belongs to the date on which it opens; what lies beyond
//   midnight is
//     cut off where the next date is closed. No work is done on a closed date, whatever was open
//     the night before;
//   * an hour that the wall clock skips (daylight saving begins) does not exist; one that it shows
//   twice
//     counts twice. So a night shift 22:00-06:00 has 7, 8 or 9 hours, as for the people who work
//     it.
//
// Value types, no invariants of their own: `CheckRules` says whether they make sense. Thread-safe
// as values are.
#pragma once

#include <array>
#include <compare>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace redress {

// Half-open [open, close), minutes after local midnight. `open` in 0..1439, `close` in 1..1440;
// close < open runs past midnight (22:00-06:00 = {1320, 360}). 1440 is the end of the day.
struct DailyWindow {
  int open_minute = 0;
  int close_minute = 0;
  friend auto operator<=>(const DailyWindow&, const DailyWindow&) = default;
};

// Minutes that the window is long.
inline int LengthMinutes(const DailyWindow& window) {
  const int minutes = window.close_minute - window.open_minute;
  return minutes < 0 ? minutes + 1440 : minutes;
}

// A date that is worked although weekday or holiday say otherwise, or with other hours than its
// weekday has.
struct ExtraDay {
  absl::CivilDay date;
  // Empty: the windows of the first weekday, from Monday, that has any.
  std::vector<DailyWindow> windows;
};

struct CalendarRules {
  // 24 × 7: every instant is working time. Then everything else must be empty.
  bool always_open = false;
  // IANA name, e.g. "Asia/Shanghai". Never a path, never the machine's own zone.
  std::string zone;
  // From Monday to Sunday; several windows a day where there is a break.
  std::array<std::vector<DailyWindow>, 7> weekly;
  // Holidays; naming one twice does no harm.
  std::vector<absl::CivilDay> closed;
  std::vector<ExtraDay> extra;
  // Net working time that "one working day" stands for (F9.6), whole minutes up to 24 hours. Zero:
  // that of the first weekday, from Monday, that has windows; 24 hours when always open.
  absl::Duration working_day;
};

// InvalidArgument with the reason when the rules contradict themselves: unknown zone, minutes out
// of bounds, windows of one day that overlap, an extra day named twice or without hours where no
// weekday lends any, `always_open` beside other rules, an impossible `working_day`, no window at
// all (S16).
[[nodiscard]] absl::Status CheckRules(const CalendarRules& rules);

// The windows of the first weekday, from Monday, that has any; empty where none has.
const std::vector<DailyWindow>& UsualWindows(const CalendarRules& rules);
// What one working day stands for; zero where the rules do not say.
absl::Duration WorkingDayOf(const CalendarRules& rules);

// The same bytes for rules that differ only in the order of windows or dates: what a caller hashes,
// together with the version of the time-zone data, to name a calendar.
std::string CanonicalBytes(const CalendarRules& rules);

}  // namespace redress
