// The policy of the run: deploy/policy/default.yaml as it is, but agents whose capacity does not
// fill up, because a full team would stop the run at the queue (which is not what is measured).
#pragma once

#include <string>

#include "absl/status/status.h"

namespace redress::perf {

// Writes `from` with every `capacity_units` at the most that the policy allows to `to`.
// INVALID_ARGUMENT when none was found: then the file is no longer written as this expects.
absl::Status WriteAmplePolicy(const std::string& from, const std::string& to);

}  // namespace redress::perf
