// What a policy must satisfy beyond the shape of its fields: codes are unique, what is referred to
// exists, patterns compile, calendars have working time (S16), every level is served. Pure and
// thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "libs/policy/policy_yaml.h"
#include "redress/policy/v1/policy.pb.h"

namespace redress {

// A part must fit into one record of the directory topic.
inline constexpr size_t kMaxPolicyPartBytes = 768 << 10;

// All problems found, at most kMaxProblems; lines are 0. Empty: the policy can be published.
std::vector<PolicyProblem> CheckPolicy(const policy::v1::Policy& policy);

}  // namespace redress
