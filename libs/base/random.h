// Randomness, passed in.
#pragma once

#include <cstdint>
#include <random>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/base/mutex.h"

namespace redress {

class Random {
 public:
  virtual ~Random() = default;
  // 64 uniform bits. Thread-safe.
  virtual uint64_t Next() = 0;
};

// Seeded once from the system's entropy.
class SystemRandom final : public Random {
 public:
  SystemRandom() : engine_(std::random_device{}() ^ uint64_t{std::random_device{}()} << 32) {}
  uint64_t Next() override {
    MutexLock lock(mutex_);
    return engine_();
  }

 private:
  Mutex mutex_;
  std::mt19937_64 engine_;
};

// The same seed gives the same numbers.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  uint64_t Next() override { return engine_(); }
  // Uniform in [0, n); n > 0.
  uint64_t Below(uint64_t n) { return engine_() % n; }
  // True once in `n` times on average.
  bool OneIn(uint64_t n) { return Below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

// Version 7 UUID (RFC 9562): 48 bits of milliseconds, then random bits.
EventId NewEventId(absl::Time now, Random& random);
// When the id was made, to the millisecond.
absl::Time TimeOf(const EventId& id);

}  // namespace redress
