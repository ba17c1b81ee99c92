// What a clock has done so far, stretch by stretch: computed at an instant from the folded state
// and the calendars. Pure; thread-safe.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "libs/clocks/clock_reading.h"
#include "redress/sla/v1/sla_service.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::sla_timer {

// From the clock's start to its end or to `now`: where it ran, where it stood still for whom, and
// where the calendar was closed. At most `kMaxStretches`, the latest ones.
inline constexpr int kMaxStretches = 400;
std::vector<sla::v1::ExplainClockResponse::Stretch> StretchesOf(
    const event::v1::ClockSpec& spec, const ClockReading& reading,
    const storage::v1::ComplaintState& state, const CalendarShelf& calendars, absl::Time now);

}  // namespace redress::sla_timer
