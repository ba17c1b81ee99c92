#include "services/intake/view/clock_view.h"

#include <algorithm>

#include "libs/base/time.h"
#include "libs/domain/clocks/clock_facts.h"
#include "libs/domain/clocks/clock_timeline.h"
#include "services/intake/view/proto_time.h"

namespace redress::intake {
namespace {

using api::v1::ClockView;

ClockView::State StateOf(const ClockTimeline& timeline, absl::Time now, bool breached) {
  switch (timeline.PhaseAt(now)) {
    case ClockPhase::kNotStarted: return ClockView::STATE_NOT_STARTED;
    case ClockPhase::kPaused: return ClockView::STATE_PAUSED;
    case ClockPhase::kStopped: return ClockView::STATE_MET;
    case ClockPhase::kCancelled: return ClockView::STATE_CANCELLED;
    case ClockPhase::kRunning: break;
  }
  return breached ? ClockView::STATE_BREACHED : ClockView::STATE_RUNNING;
}

void Measure(const event::v1::ClockSpec& spec, const storage::v1::ComplaintState& state,
             const CompiledCalendar& calendar, absl::Time now, ClockView* view) {
  StateClockFacts facts(state);
  const auto timeline = ClockTimeline::Trace(spec, facts, calendar);
  if (!timeline.ok()) return;
  const bool breached = timeline->breach_recorded() || timeline->VerdictAt(now) == ClockVerdict::kBreached;
  view->set_breached(breached);
  view->set_state(StateOf(*timeline, now, breached));
  if (const auto due = timeline->due_at()) *view->mutable_due_at() = ToTimestamp(ToMicros(*due));
  if (timeline->target_ms() > 0) *view->mutable_target() = ToDuration(timeline->target_ms());
  const auto consumed = timeline->ConsumedMs(now);
  if (!consumed.ok()) return;
  *view->mutable_consumed() = ToDuration(*consumed);
  if (timeline->target_ms() > 0) {
    view->set_consumed_percent(static_cast<uint32_t>(std::min<int64_t>(*consumed / std::max<int64_t>(
        1, timeline->target_ms() / 100), 1'000'000)));
  }
}

}  // namespace

void AddClocks(const storage::v1::ComplaintState& state, absl::Time now, CalendarCache& calendars,
               api::v1::Complaint* out) {
  for (const auto& spec : state.clocks().clocks()) {
    ClockView* view = out->add_clocks();
    view->set_id(EntityId::FromBytesOrNone(spec.clock_id()).ToHex());
    view->set_kind(spec.kind());
    view->set_level(spec.level());
    view->set_rule(spec.rule());
    if (spec.counts_from_us() != 0) *view->mutable_counts_from() = ToTimestamp(spec.counts_from_us());
    if (spec.target_ms() > 0) *view->mutable_target() = ToDuration(spec.target_ms());
    for (const auto& fired : state.clocks().fired()) {
      if (fired.clock_id() != spec.clock_id()) continue;
      if (fired.threshold_percent() == 0) {
        view->set_breached(true);
      } else {
        view->add_warned_percent(fired.threshold_percent());
      }
    }
    const NamedCalendar calendar = calendars.Find(spec.calendar());
    view->set_calendar(!calendar.code.empty() || spec.calendar().empty()
                           ? calendar.code
                           : ContentHash::FromBytesOrNone(spec.calendar()).ToHex());
    if (calendar.calendar != nullptr) Measure(spec, state, *calendar.calendar, now, view);
  }
}

}  // namespace redress::intake
