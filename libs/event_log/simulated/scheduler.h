// Virtual time for a simulation: a queue of call-backs, run one at a time in the order of time and,
// at the same time, of being scheduled. One seed gives one run. Single-threaded; no wall clock.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"

namespace redress {

class SimulatedScheduler {
 public:
  explicit SimulatedScheduler(uint64_t seed,
                              absl::Time start = absl::FromUnixSeconds(1'750'000'000))
      : random_(seed), clock_(start) {}
  SimulatedScheduler(const SimulatedScheduler&) = delete;
  SimulatedScheduler& operator=(const SimulatedScheduler&) = delete;

  absl::Time now() const { return clock_.Now(); }
  // Follows virtual time.
  const Clock& clock() const { return clock_; }
  SeededRandom& random() { return random_; }

  // Runs `call` at `time`, or as the next if that has passed; never inside this function.
  void At(absl::Time time, absl::AnyInvocable<void()> call) {
    calls_.emplace(std::make_pair(time < now() ? now() : time, sequence_++), std::move(call));
  }
  void After(absl::Duration delay, absl::AnyInvocable<void()> call) {
    At(now() + delay, std::move(call));
  }

  // Moves time to the next call-back and runs it. False: there is none.
  bool RunOne() {
    if (calls_.empty()) return false;
    auto next = calls_.extract(calls_.begin());
    clock_.Set(next.key().first);
    next.mapped()();
    return true;
  }

  size_t pending() const { return calls_.size(); }
  // When the next call-back is due; infinite future when there is none.
  absl::Time next_time() const {
    return calls_.empty() ? absl::InfiniteFuture() : calls_.begin()->first.first;
  }
  // A duration drawn from [low, high].
  absl::Duration Between(absl::Duration low, absl::Duration high) {
    const int64_t range_us = absl::ToInt64Microseconds(high - low);
    if (range_us <= 0) return low;
    return low + absl::Microseconds(
                     static_cast<int64_t>(random_.Below(static_cast<uint64_t>(range_us) + 1)));
  }
  // True with a chance of `permille` in 1,000.
  bool Chance(uint32_t permille) { return permille > 0 && random_.Below(1000) < permille; }

 private:
  SeededRandom random_;
  ManualClock clock_;
  std::map<std::pair<absl::Time, uint64_t>, absl::AnyInvocable<void()>> calls_;
  uint64_t sequence_ = 0;
};

}  // namespace redress
