// What a policy may say but hardly means: causes that no text leads to, teams without anybody,
// skills that nobody has. Shown to who publishes it; never a reason to refuse it. Pure and
// thread-safe.
#pragma once

#include <vector>

#include "libs/policy/policy_yaml.h"
#include "redress/policy/v1/policy.pb.h"

namespace redress {

// Of a policy for which `CheckPolicy` holds; at most kMaxProblems; lines are 0.
std::vector<PolicyProblem> DoubtsOf(const policy::v1::Policy& policy);

}  // namespace redress
