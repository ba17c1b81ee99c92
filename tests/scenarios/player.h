// Plays a scenario against a suite, whatever it is made of: one process, or one per service.
//
// What is asked of the suite is what any caller may do: a call answered UNAVAILABLE is repeated
// with the same request id, which is always safe; what happens later is asked for until it is
// there.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/rpc/channel.h"
#include "tests/scenarios/scenario.h"

namespace redress::scenarios {

// The suite that a scenario is played against.
class Stage {
 public:
  virtual ~Stage() = default;
  // Of "intake", "intake-2", "classifier", "router", "sla-timer" or "analytics". Until the next
  // `AfterStep`.
  virtual RpcChannel& ChannelOf(const std::string& instance) = 0;
  virtual absl::Time now() = 0;
  // Only asked of a stage whose clock can be moved.
  virtual void Advance(absl::Duration by) = 0;
  // Between two steps, and after the last: where restarts happen.
  virtual absl::Status AfterStep(size_t step, size_t steps) = 0;
};

// OK when every step went as expected and every complaint is assessed, and owned or queued with a
// reason; else the step and what differed. `variables`: known from the start, with what was saved
// at the end; may be null.
absl::Status Play(const Scenario& scenario, Stage& stage,
                  std::map<std::string, std::string>* variables = nullptr);

}  // namespace redress::scenarios
