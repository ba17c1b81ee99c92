#include "tests/simulation/due_oracle.h"

#include <algorithm>
#include <limits>

namespace redress::simulation {
namespace {

using event::v1::ClockSpec;
using event::v1::Waiting;

constexpr int64_t kMinuteUs = 60'000'000;
constexpr int64_t kDayMinutes = 24 * 60;
// Shanghai has no summer time.
constexpr int64_t kShanghaiMinutes = 8 * 60;
// Longer than any target of the small suite takes over weekends.
constexpr int64_t kMostMinutes = 30 * kDayMinutes;

bool PausesOn(const ClockSpec& spec, Waiting::On on) {
  const auto wanted = on == Waiting::ON_COMPLAINANT   ? ClockSpec::WAITING_COMPLAINANT
                      : on == Waiting::ON_THIRD_PARTY ? ClockSpec::WAITING_THIRD_PARTY
                      : on == Waiting::ON_REGULATOR   ? ClockSpec::WAITING_REGULATOR
                                                      : ClockSpec::WAITING_SUPPLIER;
  return std::find(spec.pauses_on().begin(), spec.pauses_on().end(), wanted) !=
         spec.pauses_on().end();
}

bool IsWorkingMinute(int64_t minute) {
  const int64_t local = minute + kShanghaiMinutes;
  // 1970-01-01 was a Thursday.
  const int64_t weekday = (local / kDayMinutes + 3) % 7;
  const int64_t of_day = local % kDayMinutes;
  return weekday < 5 && of_day >= 9 * 60 && of_day < 17 * 60;
}

// When the pause in which the clock stands at `at` ends, or `at` itself.
int64_t EndOfPause(const ClockSpec& spec, const storage::v1::WaitingState& waiting, int64_t at) {
  int64_t end = at;
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto& interval : waiting.intervals()) {
      if (!PausesOn(spec, interval.on()) || interval.from_us() > end) continue;
      const int64_t to =
          interval.to_us() == 0 ? std::numeric_limits<int64_t>::max() : interval.to_us();
      if (to <= end) continue;
      end = to;
      moved = true;
    }
  }
  return end;
}

// The next instant after `at` at which a pause begins.
int64_t NextPause(const ClockSpec& spec, const storage::v1::WaitingState& waiting, int64_t at) {
  int64_t next = std::numeric_limits<int64_t>::max();
  for (const auto& interval : waiting.intervals()) {
    const bool empty = interval.to_us() != 0 && interval.to_us() <= interval.from_us();
    if (PausesOn(spec, interval.on()) && !empty && interval.from_us() > at)
      next = std::min(next, interval.from_us());
  }
  return next;
}

}  // namespace

bool StandsStill(const ClockSpec& spec, const storage::v1::WaitingState& waiting, int64_t at_us) {
  for (const auto& interval : waiting.intervals()) {
    if (!PausesOn(spec, interval.on()) || interval.from_us() >= at_us) continue;
    if (interval.to_us() == 0 || interval.to_us() > at_us) return true;
  }
  return false;
}

std::optional<int64_t> DueByMinutes(const ClockSpec& spec,
                                    const storage::v1::WaitingState& waiting) {
  if (spec.counts_from_us() == 0 || spec.target_ms() == 0) return std::nullopt;
  int64_t left = spec.target_ms() * 1000;
  int64_t at = spec.counts_from_us();
  for (int64_t steps = 0; steps < kMostMinutes; ++steps) {
    const int64_t resumed = EndOfPause(spec, waiting, at);
    if (resumed == std::numeric_limits<int64_t>::max()) return std::nullopt;
    at = resumed;
    const int64_t minute = at / kMinuteUs;
    int64_t until = (minute + 1) * kMinuteUs;
    if (spec.calendar().empty() || IsWorkingMinute(minute)) {
      until = std::min(until, NextPause(spec, waiting, at));
      if (left <= until - at) return at + left;
      left -= until - at;
    }
    at = until;
  }
  return std::nullopt;
}

}  // namespace redress::simulation
