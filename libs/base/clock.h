// Time, passed in. `now` enters a decision as a value and is written into the event; folds never
// see a clock.
#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace redress {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time, UTC. May step backwards. Thread-safe.
  virtual absl::Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// A clock that moves only when told. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time start) : now_(start) {}
  absl::Time Now() const override { return now_; }
  void Set(absl::Time now) { now_ = now; }
  void Advance(absl::Duration by) { now_ += by; }

 private:
  absl::Time now_;
};

}  // namespace redress
