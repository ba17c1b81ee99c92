// A business calendar, compiled: sorted UTC intervals of working time with prefix sums, so that
// every question is one or two binary searches. Used by clocks (libs/domain/clocks), call-back
// slots and what-if alike.
//
// Immutable; thread-safe; shared freely. Compiled for the years that the caller names: a question
// that reaches beyond them is answered OUT_OF_RANGE, never guessed, and the caller compiles a
// longer one under the same rules (the answers inside the old range are the same). All arithmetic
// is in whole µs; finer parts of a time are cut off.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/calendar/calendar_rules.h"

namespace redress {

class CompiledCalendar {
 public:
  // Covers `from_year` to `to_year` in local time, both whole; 1900 <= from_year <= to_year <=
  // 2400. InvalidArgument when `CheckRules` finds fault or no working time lies in those years
  // (S16). Reads the zone from the system's time-zone data: its version belongs to what names a
  // calendar.
  static absl::StatusOr<CompiledCalendar> Compile(const CalendarRules& rules, int from_year,
                                                  int to_year);

  // 24 × 7, without bounds: plain subtraction and addition.
  static CompiledCalendar AlwaysOpen();

  // Net working time in [from, to); zero when to <= from. OutOfRange outside of the compiled years.
  absl::StatusOr<absl::Duration> Between(absl::Time from, absl::Time to) const;

  // The earliest instant t with Between(from, t) == net. So it lies inside a window or at its end,
  // a start at closing time continues at the next opening, and zero gives `from` itself.
  // InvalidArgument for negative or infinite `net`.
  absl::StatusOr<absl::Time> Add(absl::Time from, absl::Duration net) const;

  // `at` when it is working time, else the next opening (A5, S5).
  absl::StatusOr<absl::Time> NextWorkingInstant(absl::Time at) const;

  // "n working days" (F9.6) is net time: n times `WorkingDayOf` the rules. So a share of it (F9.11)
  // has a meaning, and lunch breaks, half days and pauses count as they do in hours: 5 days of 8
  // hours from Wednesday noon end the next Wednesday noon. FailedPrecondition when the rules do not
  // say what a day is; InvalidArgument for days < 0.
  absl::StatusOr<absl::Time> AddWorkingDays(absl::Time from, int days) const;
  absl::StatusOr<absl::Duration> WorkingDays(int days) const;

  bool always_open() const { return always_open_; }
  // Where the compiled years begin and end; meaningless when always open.
  absl::Time range_begin() const { return absl::FromUnixMicros(begin_us_); }
  absl::Time range_end() const { return absl::FromUnixMicros(end_us_); }

 private:
  struct Interval {
    int64_t open_us;
    int64_t close_us;
    // Working µs in all earlier intervals.
    int64_t before_us;
  };

  CompiledCalendar() = default;
  absl::Status InRange(int64_t us) const;
  // Working µs from the start of the range to `us`.
  int64_t WorkedUntil(int64_t us) const;

  bool always_open_ = false;
  int64_t begin_us_ = 0;
  int64_t end_us_ = 0;
  int64_t working_day_us_ = 0;
  // Sorted, apart from each other (touching ones are merged).
  std::vector<Interval> intervals_;
};

}  // namespace redress
