// Virtual time for a simulation: a queue of call-backs, run one at a time in the order of time and,
// at the same time, of being scheduled. One seed gives one run. Single-threaded; no wall clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

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
    const size_t slot = SlotOf(std::move(call));
    due_.push_back({std::max(time, now()), sequence_++, slot});
    std::push_heap(due_.begin(), due_.end(), std::greater<>());
  }
  void After(absl::Duration delay, absl::AnyInvocable<void()> call) {
    At(now() + delay, std::move(call));
  }

  // Moves time to the next call-back and runs it. False: there is none.
  bool RunOne() {
    if (due_.empty()) return false;
    const Due next = due_.front();
    std::pop_heap(due_.begin(), due_.end(), std::greater<>());
    due_.pop_back();
    // It may schedule others: its slot is free before it runs.
    absl::AnyInvocable<void()> call = std::move(calls_[next.slot]);
    free_slots_.push_back(next.slot);
    clock_.Set(next.time);
    call();
    return true;
  }

  size_t pending() const { return due_.size(); }
  // When the next call-back is due; infinite future when there is none.
  absl::Time next_time() const { return due_.empty() ? absl::InfiniteFuture() : due_.front().time; }
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
  struct Due {
    absl::Time time;
    uint64_t sequence;
    size_t slot;
    friend bool operator>(const Due& a, const Due& b) {
      return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
    }
  };

  size_t SlotOf(absl::AnyInvocable<void()> call) {
    if (free_slots_.empty()) {
      calls_.push_back(std::move(call));
      return calls_.size() - 1;
    }
    const size_t slot = free_slots_.back();
    free_slots_.pop_back();
    calls_[slot] = std::move(call);
    return slot;
  }

  SeededRandom random_;
  ManualClock clock_;
  // A heap, the earliest first, of what can be copied; the calls lie still in their slots.
  std::vector<Due> due_;
  std::vector<absl::AnyInvocable<void()>> calls_;
  std::vector<size_t> free_slots_;
  uint64_t sequence_ = 0;
};

}  // namespace redress
