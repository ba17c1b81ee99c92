// Which promises a complaint has from now on: the policy's SLA rules applied to its facts
// (F9.1-F9.9, F9.17, A2-A4). Pure: a function of (state, policy, calendars named by hash);
// thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "libs/clocks/calendar_shelf.h"
#include "libs/policy/compiled_policy.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"
#include "services/sla_timer/decide/policy_facts.h"

namespace redress::sla_timer {

// True while a set of clocks has to follow: none was ever set, or a fact that the last one was
// based on has changed. Open complaints only; a resolved one gets the clocks that it never had, so
// that its verdicts are on record.
bool NeedsClocks(const storage::v1::ComplaintState& state);

// Why a set follows now. Precondition: NeedsClocks.
event::v1::ClocksSet::Cause CauseOfSet(const storage::v1::ComplaintState& state);
// The event that made it necessary, as far as the state names it: of the assessment, the level, the
// stage, else the last event about the clocks.
EventId EventBehindSet(const storage::v1::ComplaintState& state);

// The whole new set; `names` are those of the policy. A clock keeps its id while it is the same
// promise (kind, level and its entry, cycle); where its specification changes, its generation rises
// above all that it had. Clocks of the first level count from `received_at`, later ones from the
// entry of the level, those of later cycles not before the cycle began; a first response is
// promised once, not again in later cycles. NOT_FOUND: a calendar is not folded yet.
// FAILED_PRECONDITION: the policy promises what cannot be computed.
absl::StatusOr<event::v1::ClocksSet> DecideClocks(const ComplaintId& complaint,
                                                  const storage::v1::ComplaintState& state,
                                                  const CompiledPolicy& policy,
                                                  const FactNames& names,
                                                  const CalendarShelf& calendars);

}  // namespace redress::sla_timer
