// The clocks of a complaint as callers of any service see them: computed at an instant from the
// folded state and the calendars that its clocks name. Pure; thread-safe as the shelf is.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "libs/clocks/calendar_shelf.h"
#include "libs/clocks/clock_reading.h"
#include "redress/api/v1/complaint.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress {

// One clock of `state` at `now`. `reading` reaches `now`.
api::v1::ClockView ClockViewOf(const event::v1::ClockSpec& spec, const ClockReading& reading,
                               const storage::v1::ComplaintState& state,
                               const CalendarShelf& calendars, absl::Time now);

// All clocks of the state, soonest due first, those without due time last. A clock whose calendar
// is not folded yet is listed without what was consumed and when it is due.
std::vector<api::v1::ClockView> ClockViewsOf(const storage::v1::ComplaintState& state,
                                             const CalendarShelf& calendars, absl::Time now);

}  // namespace redress
