// A policy as people write it: YAML → redress.policy.v1.Policy, checked to the last reference.
//
// The mapping is generic: YAML keys are the field names of the messages, their options say what is
// required, in which range and how it is spelled. All errors are collected (at most kMaxProblems)
// and each names file:line:column, the path of the field, what is wrong and what would be right.
// Thread-safe: no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "redress/policy/v1/policy.pb.h"

namespace redress {

inline constexpr size_t kMaxPolicyYamlBytes = 4 << 20;
inline constexpr size_t kMaxProblems = 50;

// One thing that is wrong with a policy.
struct PolicyProblem {
  // As written in the YAML: "sla.rules[3].clocks[0].calendar".
  std::string path;
  // From 1; 0: unknown (the policy did not come from YAML).
  int line = 0;
  int column = 0;
  // What is wrong, and the fix.
  std::string message;
};

// "file:line:column: path: message", one line per problem.
std::string FormatProblems(const std::vector<PolicyProblem>& problems, std::string_view file_name);

// The policy in `yaml`, complete and consistent (`CheckPolicy` holds), or InvalidArgument with
// FormatProblems as its message. `file_name` is only named in errors.
absl::StatusOr<policy::v1::Policy> LoadPolicyYaml(std::string_view yaml,
                                                  std::string_view file_name);

// As LoadPolicyYaml, but the problems one by one: empty means that `policy` is good. `doubts`,
// unless null: of a good one, what `DoubtsOf` says, with lines.
std::vector<PolicyProblem> ParsePolicyYaml(std::string_view yaml, policy::v1::Policy* policy,
                                           std::vector<PolicyProblem>* doubts = nullptr);

}  // namespace redress
