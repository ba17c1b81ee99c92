#include "libs/api/clock_view.h"

#include <algorithm>
#include <utility>

#include "libs/api/proto_time.h"
#include "libs/base/ids.h"

namespace redress {
namespace {

using api::v1::ClockView;
using event::v1::ClockSpec;
using storage::v1::ComplaintState;

// Shown at most: what is so late needs no more digits.
constexpr int64_t kMaxPercent = 1'000'000;

ClockView::State StateOf(ClockPhase phase, bool breached) {
  switch (phase) {
    case ClockPhase::kNotStarted:
      return ClockView::STATE_NOT_STARTED;
    case ClockPhase::kRunning:
      return breached ? ClockView::STATE_BREACHED : ClockView::STATE_RUNNING;
    case ClockPhase::kPaused:
      return ClockView::STATE_PAUSED;
    case ClockPhase::kStopped:
      return ClockView::STATE_MET;
    case ClockPhase::kCancelled:
      return ClockView::STATE_CANCELLED;
  }
  return ClockView::STATE_UNSPECIFIED;
}

// What the specification and the log say without arithmetic.
void Describe(const ClockSpec& spec, const ComplaintState& state, const CalendarShelf& calendars,
              ClockView* view) {
  view->set_id(EventId::FromBytesOrNone(spec.clock_id()).ToHex());
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
  view->set_calendar(calendars.CodeOf(ContentHash::FromBytesOrNone(spec.calendar())));
}

}  // namespace

ClockView ClockViewOf(const ClockSpec& spec, const ClockReading& reading,
                      const ComplaintState& state, const CalendarShelf& calendars, absl::Time now) {
  ClockView view;
  Describe(spec, state, calendars, &view);
  const ClockTimeline& line = reading.line;
  const bool breached = line.breach_recorded() || line.VerdictAt(now) == ClockVerdict::kBreached;
  view.set_state(StateOf(line.PhaseAt(now), breached));
  view.set_breached(breached);
  if (line.due_at()) *view.mutable_due_at() = ToTimestamp(*line.due_at());
  if (line.started_at()) *view.mutable_counts_from() = ToTimestamp(*line.started_at());
  const int64_t consumed_ms = line.ConsumedMs(now).value_or(0);
  *view.mutable_consumed() = ToDuration(consumed_ms);
  if (line.target_ms() > 0) {
    *view.mutable_target() = ToDuration(line.target_ms());
    view.set_consumed_percent(
        static_cast<uint32_t>(std::min(consumed_ms * 100 / line.target_ms(), kMaxPercent)));
  }
  return view;
}

std::vector<ClockView> ClockViewsOf(const ComplaintState& state, const CalendarShelf& calendars,
                                    absl::Time now) {
  StateClockFacts facts(state);
  std::vector<ClockView> views;
  for (const ClockSpec& spec : state.clocks().clocks()) {
    const auto reading = ReadClock(spec, facts, calendars, now);
    if (reading.ok()) {
      views.push_back(ClockViewOf(spec, *reading, state, calendars, now));
    } else {
      Describe(spec, state, calendars, &views.emplace_back());
    }
  }
  std::stable_sort(views.begin(), views.end(), [](const ClockView& a, const ClockView& b) {
    if (a.has_due_at() != b.has_due_at()) return a.has_due_at();
    return std::pair(a.due_at().seconds(), a.due_at().nanos()) <
           std::pair(b.due_at().seconds(), b.due_at().nanos());
  });
  return views;
}

}  // namespace redress
