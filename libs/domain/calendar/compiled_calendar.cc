#include "libs/domain/calendar/compiled_calendar.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "libs/base/status.h"

namespace redress {
namespace {

constexpr int64_t kUsPerMinute = 60'000'000;
constexpr int64_t kUsPerDay = 1440 * kUsPerMinute;
constexpr int64_t kMaxNetUs = 1000 * 366 * kUsPerDay;

// The rules, ready to be asked date by date.
class Dates {
 public:
  explicit Dates(const CalendarRules& rules)
      : rules_(rules), closed_(rules.closed.begin(), rules.closed.end()) {
    for (const ExtraDay& day : rules.extra) {
      extra_[day.date] = day.windows.empty() ? &UsualWindows(rules) : &day.windows;
    }
  }

  // An extra day beats a holiday.
  bool IsClosed(absl::CivilDay date) const {
    return closed_.contains(date) && !extra_.contains(date);
  }

  const std::vector<DailyWindow>& WindowsOf(absl::CivilDay date) const {
    static const std::vector<DailyWindow> kNone;
    if (const auto it = extra_.find(date); it != extra_.end()) return *it->second;
    if (IsClosed(date)) return kNone;
    return rules_.weekly[static_cast<size_t>(absl::GetWeekday(date))];
  }

 private:
  const CalendarRules& rules_;
  std::set<absl::CivilDay> closed_;
  std::map<absl::CivilDay, const std::vector<DailyWindow>*> extra_;
};

using Spans = std::vector<std::pair<int64_t, int64_t>>;

// Adds the working time of [from, to), in which the zone's offset does not change.
void AddStretch(const Dates& dates, const absl::TimeZone& zone, absl::Time from, absl::Time to,
                Spans& spans) {
  const int64_t offset_us = int64_t{zone.At(from).offset} * 1'000'000;
  const int64_t from_us = absl::ToUnixMicros(from);
  const int64_t to_us = absl::ToUnixMicros(to);
  const auto add = [&](int64_t open_us, int64_t close_us) {
    open_us = std::max(open_us, from_us);
    close_us = std::min(close_us, to_us);
    if (open_us < close_us) spans.emplace_back(open_us, close_us);
  };
  // The day before may reach into the first one.
  const absl::CivilDay last(zone.At(to - absl::Microseconds(1)).cs);
  for (absl::CivilDay date = absl::CivilDay(zone.At(from).cs) - 1; date <= last; ++date) {
    const int64_t midnight_us = (date - absl::CivilDay(1970, 1, 1)) * kUsPerDay - offset_us;
    for (const DailyWindow& window : dates.WindowsOf(date)) {
      const int64_t open_us = midnight_us + window.open_minute * kUsPerMinute;
      const int64_t close_us = open_us + LengthMinutes(window) * kUsPerMinute;
      const int64_t next_midnight_us = midnight_us + kUsPerDay;
      add(open_us, std::min(close_us, next_midnight_us));
      if (close_us > next_midnight_us && !dates.IsClosed(date + 1)) add(next_midnight_us, close_us);
    }
  }
}

Spans WorkingSpans(const CalendarRules& rules, const absl::TimeZone& zone, absl::Time begin,
                   absl::Time end) {
  const Dates dates(rules);
  Spans spans;
  for (absl::Time from = begin; from < end;) {
    absl::Time to = end;
    absl::TimeZone::CivilTransition change;
    if (zone.NextTransition(from, &change)) to = std::min(end, zone.At(change.to).trans);
    AddStretch(dates, zone, from, to, spans);
    from = to;
  }
  std::sort(spans.begin(), spans.end());
  Spans merged;
  for (const auto& span : spans) {
    if (!merged.empty() && span.first <= merged.back().second) {
      merged.back().second = std::max(merged.back().second, span.second);
    } else {
      merged.push_back(span);
    }
  }
  return merged;
}

}  // namespace

absl::StatusOr<CompiledCalendar> CompiledCalendar::Compile(const CalendarRules& rules,
                                                           int from_year, int to_year) {
  REDRESS_RETURN_IF_ERROR(CheckRules(rules));
  if (rules.always_open) return AlwaysOpen();
  if (from_year < 1900 || from_year > to_year || to_year > 2400) {
    return absl::InvalidArgumentError(absl::StrCat("calendar: years ", from_year, " to ", to_year));
  }
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(rules.zone, &zone)) {
    return absl::InvalidArgumentError(
        absl::StrCat("calendar: unknown time zone \"", rules.zone, "\""));
  }
  const absl::Time begin = absl::FromCivil(absl::CivilSecond(from_year), zone);
  const absl::Time end = absl::FromCivil(absl::CivilSecond(to_year + 1), zone);
  CompiledCalendar calendar;
  calendar.begin_us_ = absl::ToUnixMicros(begin);
  calendar.end_us_ = absl::ToUnixMicros(end);
  calendar.working_day_us_ = absl::ToInt64Microseconds(WorkingDayOf(rules));
  int64_t worked_us = 0;
  for (const auto& [open_us, close_us] : WorkingSpans(rules, zone, begin, end)) {
    calendar.intervals_.push_back({open_us, close_us, worked_us});
    worked_us += close_us - open_us;
  }
  if (calendar.intervals_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("calendar: no working time at all from ", from_year, " to ", to_year));
  }
  return calendar;
}

CompiledCalendar CompiledCalendar::AlwaysOpen() {
  CompiledCalendar calendar;
  calendar.always_open_ = true;
  calendar.working_day_us_ = kUsPerDay;
  return calendar;
}

absl::Status CompiledCalendar::InRange(int64_t us) const {
  if (begin_us_ <= us && us <= end_us_) return absl::OkStatus();
  const std::string time = absl::FormatTime(absl::FromUnixMicros(us), absl::UTCTimeZone());
  return absl::OutOfRangeError(
      absl::StrCat("calendar: ", time, " lies outside of the compiled years"));
}

int64_t CompiledCalendar::WorkedUntil(int64_t us) const {
  const auto after =
      std::upper_bound(intervals_.begin(), intervals_.end(), us,
                       [](int64_t at, const Interval& interval) { return at < interval.open_us; });
  if (after == intervals_.begin()) return 0;
  const Interval& last = *(after - 1);
  return last.before_us + std::min(us, last.close_us) - last.open_us;
}

absl::StatusOr<absl::Duration> CompiledCalendar::Between(absl::Time from, absl::Time to) const {
  const int64_t from_us = absl::ToUnixMicros(from);
  const int64_t to_us = absl::ToUnixMicros(to);
  if (to_us <= from_us) return absl::ZeroDuration();
  if (always_open_) return absl::FromUnixMicros(to_us) - absl::FromUnixMicros(from_us);
  REDRESS_RETURN_IF_ERROR(InRange(from_us));
  REDRESS_RETURN_IF_ERROR(InRange(to_us));
  return absl::Microseconds(WorkedUntil(to_us) - WorkedUntil(from_us));
}

absl::StatusOr<absl::Time> CompiledCalendar::Add(absl::Time from, absl::Duration net) const {
  const int64_t from_us = absl::ToUnixMicros(from);
  const int64_t net_us = absl::ToInt64Microseconds(net);
  if (net_us < 0 || net_us > kMaxNetUs) {
    return absl::InvalidArgumentError(
        absl::StrCat("calendar: cannot add ", absl::FormatDuration(net)));
  }
  if (always_open_) return absl::FromUnixMicros(from_us) + absl::Microseconds(net_us);
  REDRESS_RETURN_IF_ERROR(InRange(from_us));
  if (net_us == 0) return absl::FromUnixMicros(from_us);
  const int64_t goal_us = WorkedUntil(from_us) + net_us;
  const auto it = std::lower_bound(
      intervals_.begin(), intervals_.end(), goal_us, [](const Interval& interval, int64_t goal) {
        return interval.before_us + (interval.close_us - interval.open_us) < goal;
      });
  if (it == intervals_.end()) {
    return absl::OutOfRangeError(absl::StrCat(
        "calendar: ", absl::FormatDuration(net), " of working time from ",
        absl::FormatTime(from, absl::UTCTimeZone()), " end beyond the compiled years"));
  }
  return absl::FromUnixMicros(it->open_us + (goal_us - it->before_us));
}

absl::StatusOr<absl::Time> CompiledCalendar::NextWorkingInstant(absl::Time at) const {
  const int64_t at_us = absl::ToUnixMicros(at);
  if (always_open_) return absl::FromUnixMicros(at_us);
  REDRESS_RETURN_IF_ERROR(InRange(at_us));
  const auto it =
      std::upper_bound(intervals_.begin(), intervals_.end(), at_us,
                       [](int64_t us, const Interval& interval) { return us < interval.close_us; });
  if (it == intervals_.end()) {
    return absl::OutOfRangeError("calendar: the next opening lies beyond the compiled years");
  }
  return absl::FromUnixMicros(std::max(at_us, it->open_us));
}

absl::StatusOr<absl::Duration> CompiledCalendar::WorkingDays(int days) const {
  if (days < 0) return absl::InvalidArgumentError("calendar: a negative number of working days");
  if (working_day_us_ == 0) {
    return absl::FailedPreconditionError(
        "calendar: the rules do not say how long a working day is");
  }
  return absl::Microseconds(working_day_us_) * days;
}

absl::StatusOr<absl::Time> CompiledCalendar::AddWorkingDays(absl::Time from, int days) const {
  REDRESS_ASSIGN_OR_RETURN(const absl::Duration net, WorkingDays(days));
  return Add(from, net);
}

}  // namespace redress
