// A request as a scenario writes it: a YAML map whose keys are the field names of the message.
//
// Scalars are texts, numbers, true and false, names or numbers of enum values. Beside these: a
// Timestamp is "now-23h" or RFC 3339, a number may be "now-23h" in µs; a text or bytes field may be
// {repeat: x, times: 70000} or {hex: "ff fe"}, so that a scenario can be too long or no text at
// all.
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "tests/scenarios/values.h"
#include "yaml-cpp/yaml.h"

namespace redress::scenarios {

// INVALID_ARGUMENT names the field that is not there or does not take the value: the scenario is
// wrong.
absl::Status FillFromYaml(const YAML::Node& node, const Values& values,
                          google::protobuf::Message* message);

}  // namespace redress::scenarios
