#include "libs/clocks/clock_reading.h"

#include <algorithm>
#include <tuple>

#include "absl/time/civil_time.h"
#include "libs/base/status.h"
#include "libs/base/time.h"

namespace redress {
namespace {

// Years compiled beyond the year that a clock counts from; the next is tried where one is too
// short.
constexpr int kHorizons[] = {6, 25, 120};

int YearOf(absl::Time time) {
  return static_cast<int>(absl::ToCivilYear(time, absl::UTCTimeZone()).year());
}

absl::StatusOr<ClockReading> ReadWith(const event::v1::ClockSpec& spec, ClockFacts& facts,
                                      CalendarShelf::Calendar calendar, absl::Time reach) {
  REDRESS_ASSIGN_OR_RETURN(ClockTimeline line, ClockTimeline::Trace(spec, facts, *calendar));
  REDRESS_ASSIGN_OR_RETURN(auto next, line.NextFiring());
  // What the caller may ask later is asked here, so that the answer is not out of range then.
  if (reach != absl::InfinitePast()) REDRESS_RETURN_IF_ERROR(line.ConsumedMs(reach).status());
  return ClockReading{std::move(calendar), std::move(line), std::move(next)};
}

bool Sooner(const ClockFiring& a, const ClockFiring& b) {
  return std::tie(a.at, a.breach) < std::tie(b.at, b.breach);
}

}  // namespace

absl::StatusOr<ClockReading> ReadClock(const event::v1::ClockSpec& spec, ClockFacts& facts,
                                       const CalendarShelf& calendars, absl::Time reach) {
  const ContentHash hash = ContentHash::FromBytesOrNone(spec.calendar());
  if (!hash) {
    REDRESS_ASSIGN_OR_RETURN(auto always_open, calendars.Find(hash, 0, 0));
    return ReadWith(spec, facts, std::move(always_open), reach);
  }
  // A clock without its own start counts from a fact of the complaint's life, which begins when it
  // was received.
  const int64_t from_us =
      spec.counts_from_us() != 0 ? spec.counts_from_us() : facts.Stage().received_at_us();
  const int year = std::clamp(YearOf(FromMicros(from_us)), 1901, 2380);
  absl::Status too_short;
  for (const int horizon : kHorizons) {
    REDRESS_ASSIGN_OR_RETURN(auto calendar,
                             calendars.Find(hash, year - 1, std::min(year + horizon, 2400)));
    auto reading = ReadWith(spec, facts, std::move(calendar), reach);
    if (reading.ok() || !absl::IsOutOfRange(reading.status())) return reading;
    too_short = reading.status();
  }
  return too_short;
}

absl::StatusOr<std::optional<NextOfComplaint>> NextFiringOf(
    const storage::v1::ComplaintState& state, const CalendarShelf& calendars) {
  StateClockFacts facts(state);
  std::optional<NextOfComplaint> next;
  for (int i = 0; i < state.clocks().clocks_size(); ++i) {
    auto reading = ReadClock(state.clocks().clocks(i), facts, calendars);
    if (absl::IsNotFound(reading.status())) return reading.status();
    if (!reading.ok() || !reading->next) continue;
    if (!next || Sooner(*reading->next, next->firing)) next = NextOfComplaint{i, *reading->next};
  }
  return next;
}

bool HasCalendars(const storage::v1::ComplaintState& state, const CalendarShelf& calendars) {
  const auto& clocks = state.clocks().clocks();
  return std::all_of(clocks.begin(), clocks.end(), [&](const event::v1::ClockSpec& spec) {
    return calendars.Has(ContentHash::FromBytesOrNone(spec.calendar()));
  });
}

std::optional<absl::Time> EarliestFiring(const storage::v1::ComplaintState& state) {
  const CompiledCalendar always_open = CompiledCalendar::AlwaysOpen();
  StateClockFacts facts(state);
  std::optional<absl::Time> earliest;
  for (const auto& spec : state.clocks().clocks()) {
    const auto line = ClockTimeline::Trace(spec, facts, always_open);
    if (!line.ok()) continue;
    const auto firing = line->NextFiring();
    if (!firing.ok() || !firing->has_value()) continue;
    if (!earliest || (*firing)->at < *earliest) earliest = (*firing)->at;
  }
  return earliest;
}

const event::v1::ClockSpec* FindClock(const storage::v1::ClocksState& clocks,
                                      std::string_view clock_id) {
  for (const auto& spec : clocks.clocks()) {
    if (spec.clock_id() == clock_id) return &spec;
  }
  return nullptr;
}

}  // namespace redress
