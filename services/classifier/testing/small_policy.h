// A policy small enough to read in a test: two departments that recognise a few words, one rule of
// each kind. For the tests of the classifier. Stateless; thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libs/policy/compiled_policy.h"

namespace redress::classifier {

// Its YAML.
std::string_view SmallPolicyYaml();
// Compiled, with each `from` replaced by `to` (once) before; a mistake aborts.
std::shared_ptr<const CompiledPolicy> SmallPolicy(std::string_view from = "",
                                                  std::string_view to = "");

// deploy/policy/default.yaml of the source tree.
std::shared_ptr<const CompiledPolicy> DefaultPolicy();

}  // namespace redress::classifier
