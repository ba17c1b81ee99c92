// One clock of a complaint read with its calendar: `ClockTimeline` over calendars compiled for as
// many years as the clock reaches. Shared by the timer rows, the deciders and the queries, so that
// all see the same due time.
//
// Pure functions of (state, calendars named by hash); thread-safe as the shelf is.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/clocks/calendar_shelf.h"
#include "libs/domain/clocks/clock_timeline.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress {

struct ClockReading {
  // What `line` borrows.
  CalendarShelf::Calendar calendar;
  ClockTimeline line;
  std::optional<ClockFiring> next;
};

// `reach`: the latest instant that the caller will ask the timeline about. NOT_FOUND: the calendar
// is not folded yet; INVALID_ARGUMENT, OUT_OF_RANGE: the specification makes no sense or ends
// beyond every calendar.
absl::StatusOr<ClockReading> ReadClock(const event::v1::ClockSpec& spec, ClockFacts& facts,
                                       const CalendarShelf& calendars,
                                       absl::Time reach = absl::InfinitePast());

// What fires next of all clocks in the state.
struct NextOfComplaint {
  // Index in `state.clocks().clocks()`.
  int clock = 0;
  ClockFiring firing;
};

// The earliest firing; of two at the same instant the warning, then the clock listed first.
// Nothing: no event can follow until the facts change. NOT_FOUND: a calendar is not folded yet. A
// clock that cannot be read otherwise has no firing.
absl::StatusOr<std::optional<NextOfComplaint>> NextFiringOf(
    const storage::v1::ComplaintState& state, const CalendarShelf& calendars);

// True when every calendar that the clocks name is on the shelf.
bool HasCalendars(const storage::v1::ComplaintState& state, const CalendarShelf& calendars);

// The same as if every clock ran round the clock: never later than `NextFiringOf`.
std::optional<absl::Time> EarliestFiring(const storage::v1::ComplaintState& state);

// The specification of that id in the state, or null.
const event::v1::ClockSpec* FindClock(const storage::v1::ClocksState& clocks,
                                      std::string_view clock_id);

}  // namespace redress
