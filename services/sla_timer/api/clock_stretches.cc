#include "services/sla_timer/api/clock_stretches.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/api/proto_time.h"
#include "libs/base/time.h"

namespace redress::sla_timer {
namespace {

using event::v1::ClockSpec;
using event::v1::Waiting;
using sla::v1::ExplainClockResponse;
using storage::v1::ComplaintState;

// The words of the pause that the clock stands in, for the instant.
std::string PauseReason(const ComplaintState& state, absl::Time at) {
  for (const auto& interval : state.waiting().intervals()) {
    const bool begun = interval.from_us() <= ToMicros(at);
    const bool ended = interval.to_us() != 0 && interval.to_us() <= ToMicros(at);
    if (!begun || ended) continue;
    const std::string on = absl::AsciiStrToLower(Waiting::On_Name(interval.on()));
    return absl::StrCat("waiting", on.substr(2));
  }
  return "paused";
}

// Why a calendar is closed at an instant: its holiday, a day without hours, or outside of the day's
// hours.
std::string ClosedReason(const policy::v1::Calendar* calendar, absl::Time at) {
  absl::TimeZone zone;
  if (calendar == nullptr || !absl::LoadTimeZone(calendar->time_zone(), &zone)) return "closed";
  const absl::CivilDay day = absl::ToCivilDay(at, zone);
  const int32_t number = static_cast<int32_t>(day - absl::CivilDay(1970, 1, 1));
  for (const auto& extra : calendar->extra_working_days()) {
    if (extra.date() == number) return "night";
  }
  for (const auto& holiday : calendar->holidays()) {
    const int32_t last = holiday.last() == 0 ? holiday.first() : holiday.last();
    if (holiday.first() <= number && number <= last)
      return absl::StrCat("holiday:", holiday.name().en());
  }
  const int weekday = static_cast<int>(absl::GetWeekday(day)) + 1;
  for (const auto& week : calendar->week()) {
    if (std::find(week.days().begin(), week.days().end(), weekday) != week.days().end())
      return "night";
  }
  return "weekend";
}

// The end of the working time that `open` lies in, looked for up to a day ahead: windows end at
// whole minutes of local time, which are whole minutes of UTC in every zone of today.
absl::Time ClosingAfter(const CompiledCalendar& calendar, absl::Time open, absl::Time limit) {
  const absl::Time furthest = std::min(limit, open + absl::Hours(24));
  const auto all_open = [&](absl::Time until) {
    const auto net = calendar.Between(open, until);
    return net.ok() && *net == until - open;
  };
  if (all_open(furthest)) return furthest;
  int64_t low_us = ToMicros(open);
  int64_t high_us = ToMicros(furthest);
  while (high_us - low_us > 1) {
    const int64_t middle = low_us + (high_us - low_us) / 2;
    (all_open(FromMicros(middle)) ? low_us : high_us) = middle;
  }
  return FromMicros(low_us);
}

class Stretches {
 public:
  void Add(absl::Time from, absl::Time until, std::string state, std::string reason,
           absl::Duration counted) {
    if (until <= from) return;
    ExplainClockResponse::Stretch stretch;
    *stretch.mutable_from() = ToTimestamp(from);
    *stretch.mutable_until() = ToTimestamp(until);
    stretch.set_state(std::move(state));
    stretch.set_reason(std::move(reason));
    *stretch.mutable_counted() = ToDuration(counted);
    all_.push_back(std::move(stretch));
    if (all_.size() > 2 * kMaxStretches) all_.erase(all_.begin(), all_.end() - kMaxStretches);
  }
  std::vector<ExplainClockResponse::Stretch> Take() {
    if (all_.size() > kMaxStretches) all_.erase(all_.begin(), all_.end() - kMaxStretches);
    return std::move(all_);
  }

 private:
  std::vector<ExplainClockResponse::Stretch> all_;
};

void AddRunning(const ClockReading& reading, const policy::v1::Calendar* rules, absl::Time from,
                absl::Time until, Stretches* out) {
  absl::Time at = from;
  while (at < until) {
    const auto opening = reading.calendar->NextWorkingInstant(at);
    if (!opening.ok() || *opening >= until) {
      out->Add(at, until, "closed_hours", ClosedReason(rules, at), absl::ZeroDuration());
      return;
    }
    out->Add(at, *opening, "closed_hours", ClosedReason(rules, at), absl::ZeroDuration());
    const absl::Time closing =
        reading.calendar->always_open() ? until : ClosingAfter(*reading.calendar, *opening, until);
    out->Add(*opening, closing, "running", "", closing - *opening);
    at = closing;
  }
}

}  // namespace

std::vector<ExplainClockResponse::Stretch> StretchesOf(const ClockSpec& spec,
                                                       const ClockReading& reading,
                                                       const ComplaintState& state,
                                                       const CalendarShelf& calendars,
                                                       absl::Time now) {
  const ClockTimeline& line = reading.line;
  if (!line.started_at()) return {};
  const auto rules = calendars.RulesOf(ContentHash::FromBytesOrNone(spec.calendar()));
  const absl::Time end = std::min(line.ended_at().value_or(now), now);
  Stretches out;
  absl::Time at = *line.started_at();
  for (const ClockSpan& span : line.running()) {
    if (span.from >= end) break;
    out.Add(at, span.from, "paused", PauseReason(state, at), absl::ZeroDuration());
    at = std::min(span.to, end);
    AddRunning(reading, rules.get(), span.from, at, &out);
  }
  out.Add(at, end, "paused", PauseReason(state, at), absl::ZeroDuration());
  return out.Take();
}

}  // namespace redress::sla_timer
