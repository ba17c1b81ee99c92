// Open triggers answered by the policy: one step up the ladder, straight to a level, or "stay" with
// the rule that said so (F7.7, F10.1-F10.9, F10.13). Every open trigger is answered by the one
// event. Pure; thread-safe.
#pragma once

#include <variant>

#include "libs/policy/compiled_policy.h"
#include "redress/event/v1/ownership.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"
#include "services/sla_timer/decide/policy_facts.h"

namespace redress::sla_timer {

using TriggerAnswer = std::variant<event::v1::ComplaintEscalated, event::v1::EscalationDeclined>;

// Of several triggers the one that leads highest decides; the others are answered with it. Time
// used or a target missed at an earlier level no longer counts: the present level has its own time
// (A3). Preconditions: at least one trigger is open and the complaint has a level 1-4.
TriggerAnswer AnswerTriggers(const storage::v1::ComplaintState& state, const CompiledPolicy& policy,
                             const FactNames& names);

}  // namespace redress::sla_timer
