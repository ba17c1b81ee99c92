#include "services/sla_timer/decide/fire_clock.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"

namespace redress::sla_timer {
namespace {

using event::v1::ClockBreached;
using event::v1::ClockSpec;
using event::v1::ClockWarned;
using event::v1::Trigger;
using Stage = storage::v1::StageState;

// Net ms used; the reading reaches as far as `now` (its caller saw to that).
int64_t ConsumedAt(const ClockReading& reading, absl::Time now) {
  return reading.line.ConsumedMs(now).value_or(reading.next->consumed_ms);
}

int64_t PercentOf(int64_t consumed_ms, int64_t target_ms) {
  return target_ms == 0 ? 100 : consumed_ms * 100 / target_ms;
}

// A trigger in another stage would find nobody to answer it, and one of a clock that has ended
// would answer a question of yesterday.
bool MayTrigger(const ClockSpec& spec, const ClockReading& reading, const FiringFacts& facts,
                absl::Time now) {
  const bool handled = facts.stage == Stage::RECEIVED || facts.stage == Stage::ASSESSED ||
                       facts.stage == Stage::INVESTIGATING;
  const ClockPhase phase = reading.line.PhaseAt(now);
  const bool alive = phase == ClockPhase::kRunning || phase == ClockPhase::kPaused;
  return handled && alive && (spec.level() == 0 || spec.level() == facts.level);
}

void FillTrigger(Trigger::Kind kind, const ClockSpec& spec, const ClockReading& reading,
                 int64_t threshold, absl::Time now, Trigger* trigger) {
  const ClockFiring& firing = *reading.next;
  const std::string which = absl::StrCat(static_cast<int>(kind), " ", firing.threshold_percent, " ",
                                         firing.generation, " ", ToMicros(firing.at));
  trigger->set_trigger_id(HashedId<EventId>({"trigger", spec.clock_id(), which}).ToBytes());
  trigger->set_kind(kind);
  trigger->set_value(PercentOf(ConsumedAt(reading, now), reading.line.target_ms()));
  trigger->set_threshold(threshold);
}

}  // namespace

bool ReportsUpward(ClockSpec::Kind kind) {
  return kind == ClockSpec::LEVEL_RESOLUTION || kind == ClockSpec::RESOLUTION ||
         kind == ClockSpec::IDLE;
}

bool PolicyReportsUpward(const CompiledPolicy& policy, uint32_t level) {
  const auto& rules = policy.policy().escalation().triggers();
  return std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
    return rule.kind() == Trigger::TARGET_BROKEN_OR_IDLE && !rule.decline() &&
           rule.from_level() <= level && level < rule.up_to_level();
  });
}

ClockWarned DecideWarning(const ClockSpec& spec, const ClockReading& reading,
                          const FiringFacts& facts, absl::Time now) {
  const ClockFiring& firing = *reading.next;
  ClockWarned warned;
  warned.set_clock_id(spec.clock_id());
  warned.set_generation(firing.generation);
  warned.set_threshold_percent(firing.threshold_percent);
  warned.set_consumed_ms(ConsumedAt(reading, now));
  if (firing.due_at) warned.set_due_at_us(ToMicros(*firing.due_at));
  warned.set_fired_at_us(ToMicros(now));
  if (firing.escalates && MayTrigger(spec, reading, facts, now)) {
    FillTrigger(Trigger::TIME_USED, spec, reading, firing.threshold_percent, now,
                warned.add_triggers());
  }
  return warned;
}

ClockBreached DecideBreach(const ClockSpec& spec, const ClockReading& reading,
                           const FiringFacts& facts, const storage::v1::OwnershipState& ownership,
                           const CompiledPolicy& policy, absl::Time now) {
  const ClockFiring& firing = *reading.next;
  ClockBreached breached;
  breached.set_clock_id(spec.clock_id());
  breached.set_generation(firing.generation);
  breached.set_consumed_ms(ConsumedAt(reading, now));
  if (firing.due_at) {
    breached.set_due_at_us(ToMicros(*firing.due_at));
    // The state knows the present interval only; an earlier one is in the history.
    if (ownership.team_since_us() <= breached.due_at_us())
      breached.set_team_id(ownership.team_id());
    if (ownership.owner_since_us() <= breached.due_at_us())
      breached.set_agent_id(ownership.owner_id());
  }
  breached.set_fired_at_us(ToMicros(now));
  if (ReportsUpward(spec.kind()) && PolicyReportsUpward(policy, facts.level) &&
      MayTrigger(spec, reading, facts, now)) {
    FillTrigger(Trigger::TARGET_BROKEN_OR_IDLE, spec, reading, 100, now, breached.add_triggers());
  }
  return breached;
}

}  // namespace redress::sla_timer
