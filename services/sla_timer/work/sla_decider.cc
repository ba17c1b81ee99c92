#include "services/sla_timer/work/sla_decider.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/log.h"
#include "libs/base/time.h"
#include "libs/clocks/clock_reading.h"
#include "libs/domain/clocks/clock_facts.h"
#include "libs/domain/lifecycle.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/ownership.pb.h"
#include "services/sla_timer/decide/answer_triggers.h"
#include "services/sla_timer/decide/fire_clock.h"
#include "services/sla_timer/decide/set_clocks.h"

namespace redress::sla_timer {
namespace {

using storage::v1::ComplaintState;
using Stage = storage::v1::StageState;

template <typename P>
WorkEvent EventOf(P payload, const ContentHash& policy) {
  WorkEvent answer;
  answer.draft = EventDraft::Of(std::move(payload));
  answer.policy = policy;
  return answer;
}

template <typename P>
bool AllowedIn(const Stage& stage) {
  return LifecycleOf(PayloadOf<P>().number, stage.stage(), stage.ever_assessed()).allowed;
}

WorkWaits WaitFor(std::string what, absl::Duration retry_after = absl::Seconds(1)) {
  return WorkWaits{std::move(what), retry_after};
}

// What a row waits for that only a directory event can bring is asked often, what only time brings
// rarely.
WorkWaits WaitUntil(absl::Time at, absl::Time now) {
  return WaitFor("due", std::clamp(at - now, absl::Milliseconds(1), absl::Hours(1)));
}

}  // namespace

std::vector<WorkKind> SlaKindsInOrder() { return {kSetClocks, kWaitingTimer, kTimer, kTrigger}; }

std::string_view SlaDecider::KindName(WorkKind kind) const {
  switch (kind) {
    case kSetClocks:
      return "set-clocks";
    case kTimer:
      return "timer";
    case kTrigger:
      return "trigger";
    case kWaitingTimer:
      return "waiting-timer";
    default:
      return "unknown";
  }
}

WorkAnswer SlaDecider::Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                              absl::Time now) {
  switch (item.kind) {
    case kSetClocks:
      return SetClocks(item, row, view);
    case kTimer:
      return Fire(item, view, now);
    case kTrigger:
      return Answer(view);
    case kWaitingTimer:
      return EndWaiting(item, view, now);
    default:
      return WorkIsStale{};
  }
}

// The event's header names the policy, so it is an input, not a read.
std::shared_ptr<const CompiledPolicy> SlaDecider::PinnedPolicy(const StateView& view) const {
  const auto& manifest = view.Input(event::v1::POLICY).policy().manifest();
  return directory_->FindPolicy(ContentHash::FromBytesOrNone(manifest));
}

const FactNames& SlaDecider::NamesOf(const CompiledPolicy& policy) {
  const auto [it, missing] = names_.try_emplace(policy.manifest_hash());
  if (missing) it->second = std::make_unique<const FactNames>(FactNames::Of(policy));
  return *it->second;
}

WorkAnswer SlaDecider::SetClocks(const WorkItem& item, const ComplaintRow& row, StateView& view) {
  if (!AllowedIn<event::v1::ClocksSet>(view.stage())) return WorkIsStale{};
  view.level();
  view.policy();
  view.clocks();
  // The other aspects are named: facts in `basis`, whose change makes a new row, pauses in the due
  // times of `changes`.
  const ComplaintState& state = view.Input(event::v1::ASSESSMENT);
  if (!NeedsClocks(state)) return WorkIsStale{};
  const auto policy = PinnedPolicy(view);
  if (policy == nullptr) return WaitFor("policy");
  auto set = DecideClocks(row.id, state, *policy, NamesOf(*policy), directory_->calendars());
  if (absl::IsNotFound(set.status())) return WaitFor("calendar");
  if (!set.ok()) {
    Log(LogLevel::kError, "sla-timer", "clocks cannot be set",
        {{"complaint", item.stream.ToHex()}, {"error", set.status().ToString()}});
    return WaitFor("policy", absl::Minutes(1));
  }
  return EventOf(*std::move(set), policy->manifest_hash());
}

WorkAnswer SlaDecider::Fire(const WorkItem& item, StateView& view, absl::Time now) {
  if (const auto subject = ReadTimerSubject(item.subject)) {
    return FireClock(subject->first, subject->second, view, now);
  }
  // The row was made before a calendar that it needs. Which clock is next is only a matter of
  // order; what is decided about it is read below.
  const ComplaintState& state = view.Input(event::v1::CLOCKS);
  const auto next = NextFiringOf(state, directory_->calendars());
  if (!next.ok()) return WaitFor("calendar");
  if (!next->has_value()) return WaitFor("nothing is due", absl::Hours(1));
  return FireClock(state.clocks().clocks((*next)->clock).clock_id(), std::nullopt, view, now);
}

WorkAnswer SlaDecider::FireClock(std::string_view clock_id, std::optional<uint32_t> percent,
                                 StateView& view, absl::Time now) {
  if (!AllowedIn<event::v1::ClockBreached>(view.stage())) return WorkIsStale{};
  const event::v1::ClockSpec* spec = FindClock(view.clocks(), clock_id);
  if (spec == nullptr) return WorkIsStale{};
  ViewClockFacts facts(view);
  const auto reading = ReadClock(*spec, facts, directory_->calendars(), now);
  if (absl::IsNotFound(reading.status())) return WaitFor("calendar");
  if (!reading.ok() || !reading->next) return WorkIsStale{};
  const ClockFiring& next = *reading->next;
  if (percent && *percent != next.threshold_percent) return WorkIsStale{};
  if (next.at > now) return WaitUntil(next.at, now);
  const auto policy = PinnedPolicy(view);
  if (policy == nullptr) return WaitFor("policy");
  const FiringFacts known{view.stage().stage(), view.level().level()};
  if (!next.breach)
    return EventOf(DecideWarning(*spec, *reading, known, now), policy->manifest_hash());
  return EventOf(DecideBreach(*spec, *reading, known, view.ownership(), *policy, now),
                 policy->manifest_hash());
}

WorkAnswer SlaDecider::Answer(StateView& view) {
  if (!AllowedIn<event::v1::ComplaintEscalated>(view.stage())) return WorkIsStale{};
  if (view.triggers().open().empty() || view.level().level() == 0) return WorkIsStale{};
  const auto policy = PinnedPolicy(view);
  if (policy == nullptr) return WaitFor("policy");
  // Beside stage, level and triggers only facts that `explained.inputs` names.
  TriggerAnswer answer =
      AnswerTriggers(view.Input(event::v1::ASSESSMENT), *policy, NamesOf(*policy));
  return std::visit(
      [&](auto& payload) -> WorkAnswer {
        return EventOf(std::move(payload), policy->manifest_hash());
      },
      answer);
}

WorkAnswer SlaDecider::EndWaiting(const WorkItem& item, StateView& view, absl::Time now) {
  if (!AllowedIn<event::v1::WaitingEnded>(view.stage())) return WorkIsStale{};
  const auto& intervals = view.waiting().intervals();
  const auto it = std::find_if(intervals.begin(), intervals.end(), [&](const auto& interval) {
    return interval.started_by() == item.subject && interval.to_us() == 0 &&
           interval.until_us() != 0;
  });
  if (it == intervals.end()) return WorkIsStale{};
  if (FromMicros(it->until_us()) > now) return WaitUntil(FromMicros(it->until_us()), now);
  event::v1::WaitingEnded ended;
  ended.set_on(it->on());
  ended.set_cause(event::v1::WaitingEnded::UNTIL_PASSED);
  WorkEvent answer;
  answer.draft = EventDraft::Of(std::move(ended));
  // Clocks ran on from then, however late this is noticed (time measures).
  answer.draft.occurred_at_us = it->until_us();
  return answer;
}

}  // namespace redress::sla_timer
