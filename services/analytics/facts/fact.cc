#include "services/analytics/facts/fact.h"

#include <algorithm>

#include "libs/base/ids.h"
#include "libs/domain/calendar/compiled_calendar.h"
#include "libs/domain/clocks/clock_timeline.h"

namespace redress::analytics {
namespace {

using event::v1::ClockSpec;

std::string PathOf(const event::v1::Assessment& assessment) {
  std::string path;
  for (const auto& level : assessment.category()) {
    if (!path.empty()) path += '/';
    path += level.code();
  }
  return path;
}

bool IsBreached(const storage::v1::ClocksState& clocks, const ClockSpec& clock) {
  return std::any_of(clocks.fired().begin(), clocks.fired().end(), [&](const auto& fired) {
    return fired.clock_id() == clock.clock_id() && fired.threshold_percent() == 0;
  });
}

// Whether what the clock waits for has happened; when does not matter here, so any calendar serves.
bool HasEnded(const ClockSpec& clock, const storage::v1::ComplaintState& state) {
  static const auto& calendar = *new CompiledCalendar(CompiledCalendar::AlwaysOpen());
  StateClockFacts facts(state);
  const auto line = ClockTimeline::Trace(clock, facts, calendar);
  return line.ok() && line->PhaseAt(absl::InfiniteFuture()) == ClockPhase::kStopped;
}

// Missed is what the log recorded as missed (ClockBreached); a clock that ended without that was
// met.
void SetPromise(const ClockSpec& clock, bool missed, ComplaintFact* fact) {
  const uint64_t id = Id16<struct ClockTag>::FromBytesOrNone(clock.clock_id()).Prefix64();
  for (auto& promise : *fact->mutable_promises()) {
    if (promise.clock() != id) continue;
    promise.set_missed(promise.missed() || missed);
    return;
  }
  auto* promise = fact->add_promises();
  promise->set_kind(clock.kind());
  promise->set_level(clock.level());
  promise->set_missed(missed);
  promise->set_clock(id);
}

}  // namespace

ComplaintFact MakeFact(const storage::v1::ComplaintState& state, const ComplaintFact& before) {
  ComplaintFact fact;
  *fact.mutable_promises() = before.promises();
  fact.set_received_at_us(state.stage().received_at_us());
  fact.set_channel(state.record().channel());
  fact.set_region(state.record().region());
  fact.set_product_line(state.record().product_line());
  const auto& assessment = state.assessment().assessment();
  fact.set_language(assessment.language().empty() ? state.record().language()
                                                  : assessment.language());
  fact.set_category(PathOf(assessment));
  fact.set_level(state.level().level());
  fact.set_severity(assessment.severity());
  fact.set_priority_band(assessment.priority().band());
  fact.set_stage(state.stage().stage());
  fact.set_how(state.stage().how());
  fact.set_team_id(state.ownership().team_id());
  for (const auto& told : state.conversation().told()) {
    if (told.purpose() == event::v1::FIRST_RESPONSE)
      fact.set_first_response_at_us(told.first_at_us());
  }
  // The last resolution; a reopened complaint has none until it is resolved again.
  fact.set_resolved_at_us(state.stage().resolved_at_us());
  fact.set_first_contact(state.stage().first_contact());
  fact.set_escalations(state.level().escalations());
  fact.set_reopenings(state.stage().cycle() > 0 ? state.stage().cycle() - 1 : 0);
  for (const auto& clock : state.clocks().clocks()) {
    const bool missed = IsBreached(state.clocks(), clock);
    if (missed || HasEnded(clock, state)) SetPromise(clock, missed, &fact);
  }
  return fact;
}

}  // namespace redress::analytics
