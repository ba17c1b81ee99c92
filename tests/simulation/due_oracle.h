// When a clock of the small suite is due, found by going minute by minute: slow, plain, and sharing
// nothing with the calendars and clock arithmetic of the suite. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "redress/event/v1/shared.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::simulation {

// µs; nothing: a pause leaves it open, or it does not count from a known instant. Working time is
// that of the policy's one calendar: Monday to Friday, nine to five in Shanghai.
std::optional<int64_t> DueByMinutes(const event::v1::ClockSpec& spec,
                                    const storage::v1::WaitingState& waiting);

// The clock stands still at that instant.
bool StandsStill(const event::v1::ClockSpec& spec, const storage::v1::WaitingState& waiting,
                 int64_t at_us);

}  // namespace redress::simulation
