// A threshold was passed or a target missed: the verdict as an event, and the trigger of escalation
// that comes with it (F9.10, F9.11, F9.12, F9.15, F10.9). Pure; thread-safe.
#pragma once

#include <memory>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "libs/clocks/clock_reading.h"
#include "libs/policy/compiled_policy.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::sla_timer {

// What the decider has read of the complaint.
struct FiringFacts {
  storage::v1::StageState::Stage stage = storage::v1::StageState::NONE;
  // Present level, 1-4; 0: none yet.
  uint32_t level = 0;
};

// True when missing a target of this kind is told upward: the complaint as a whole or at its level
// is unresolved for too long, or nobody moves it (F9.12, F10.16). A late first answer is a breach,
// not a reason to escalate.
bool ReportsUpward(event::v1::ClockSpec::Kind kind);
// True when the policy lets trigger 6 raise a complaint of that level.
bool PolicyReportsUpward(const CompiledPolicy& policy, uint32_t level);

// Trigger 5 comes with an escalating threshold of the level that the complaint is at, while it is
// handled and the clock has not ended. `reading.next` is the firing. Precondition: not a breach.
event::v1::ClockWarned DecideWarning(const event::v1::ClockSpec& spec, const ClockReading& reading,
                                     const FiringFacts& facts, absl::Time now);

// Trigger 6 likewise, where kind and policy report upward. `ownership`: who held it at the due time
// is named when the state still knows (S18).
event::v1::ClockBreached DecideBreach(const event::v1::ClockSpec& spec, const ClockReading& reading,
                                      const FiringFacts& facts,
                                      const storage::v1::OwnershipState& ownership,
                                      const CompiledPolicy& policy, absl::Time now);

}  // namespace redress::sla_timer
