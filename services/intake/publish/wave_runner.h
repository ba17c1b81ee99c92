// Runs waves of commands one after the other, the commands of a wave together. On the service's
// thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "services/intake/publish/policy_steps.h"

namespace redress::intake {

using SubmitCommand = std::function<void(Command, CommandDone)>;

// Calls `done` after the last wave, or after the first wave with an error. ALREADY_EXISTS is
// success: another instance was faster. `submit` outlives the run.
void RunWaves(SubmitCommand submit, std::vector<CommandWave> waves,
              std::function<void(absl::StatusOr<std::vector<CommandOutcome>>)> done);

}  // namespace redress::intake
