// How many lawful refusals a caller gets. A refusal is an event that is kept for ever, so a caller
// that asks for the impossible again and again is slowed down: beyond the bound its commands are
// answered RESOURCE_EXHAUSTED, without an event, until its allowance has grown again. Two
// allowances: of one caller on one complaint, and of one caller.
//
// Thread-safe. Remembers only who was refused lately, and a bounded number of them.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/mutex.h"

namespace redress {

struct RefusalLimits {
  // Refusals at once, and how many of them are forgiven per second.
  double per_complaint = 60;
  double per_complaint_forgiven = 1;
  double per_caller = 600;
  double per_caller_forgiven = 10;
  // Callers and complaints remembered.
  size_t remembered = 10'000;
};

class RefusalMeter {
 public:
  explicit RefusalMeter(RefusalLimits limits) : limits_(limits) {}

  // OK, or RESOURCE_EXHAUSTED, reason TOO_MANY_REFUSALS, with the delay after which one more is
  // allowed. `complaint` as the caller named it; empty: the command names none.
  [[nodiscard]] absl::Status Check(std::string_view caller, std::string_view complaint,
                                   absl::Time now);
  // A command was refused.
  void Count(std::string_view caller, std::string_view complaint, absl::Time now);

 private:
  // Fills by one per refusal and drains with time.
  struct Level {
    double refusals = 0;
    absl::Time at;
  };

  static double LevelAt(const Level& level, double forgiven_per_second, absl::Time now);
  void Add(std::string key, double forgiven_per_second, absl::Time now);
  // Makes room: first those that are forgiven entirely, then, if need be, all.
  void Forget(absl::Time now);

  const RefusalLimits limits_;
  Mutex mutex_;
  absl::flat_hash_map<std::string, Level> levels_;
};

}  // namespace redress
