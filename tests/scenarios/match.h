// Whether an answer is what a scenario expects.
//
// A map matches when each of its keys does (the answer may hold more); a list when it has the same
// length and each entry matches in order; a scalar when the text is the same. Instead of a value:
//   $any               there and not empty          $none             not there, or empty
//   {$not: x}          anything that does not match x
//   {$matches: regex}  the text holds a match
//   {$has: [x, y]}     a list in which each of these matches some entry
//   {$count: 2, of: x} a list in which exactly two entries match x
#pragma once

#include <optional>
#include <string>

#include "google/protobuf/message.h"
#include "tests/scenarios/values.h"
#include "yaml-cpp/yaml.h"

namespace redress::scenarios {

// The message as a YAML tree: its JSON mapping with the names of the proto, zero values included.
YAML::Node TreeOf(const google::protobuf::Message& message);

// What differs, with its path; nothing when the answer matches.
std::optional<std::string> Mismatch(const YAML::Node& expected, const YAML::Node& actual,
                                    const Values& values, const std::string& path = "");

// The scalar at a path such as "parties.0.name"; nothing when there is none.
std::optional<std::string> ScalarAt(const YAML::Node& tree, const std::string& path);

}  // namespace redress::scenarios
