// A scenario: one behaviour of the whole suite, written as data (scenarios/*.yaml), so that the
// same steps run in one process and in five, with restarts, with every record twice.
//
//   shows: what the scenario proves, in a sentence
//   clock: 2026-03-02T09:00:00Z     only where the clock can be moved: it starts here
//   steps:
//     - call: ComplaintService/SubmitComplaint
//       at: intake-2                another instance; without it the service's own
//       request: {text: "…"}        field names of the proto; see message_from_yaml.h
//       code: INVALID_ARGUMENT      of the answer; without it OK
//       reason: INVALID_FIELD       ErrorInfo.reason
//       violations: [text]          fields at fault, exactly these
//       details: {stage: received}  ErrorInfo.metadata
//       answer: {replayed: false}   see match.h
//       save: {id: complaint_id}    variables for later steps: ${id}
//     - eventually: ComplaintService/GetComplaint     the same, asked until it is so
//     - together: [{call: …}, {call: …}]              at the same time
//       outcomes: [{code: OK}, {reason: CHANGED}]     in any order
//     - advance: 25h                                  moves the clock
//
// A request without `request_id` gets one of its own, from the names of scenario and step.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "yaml-cpp/yaml.h"

namespace redress::scenarios {

struct ExpectedOutcome {
  std::string code = "OK";
  std::string reason;
  YAML::Node violations{YAML::NodeType::Undefined};
  YAML::Node details{YAML::NodeType::Undefined};
  YAML::Node answer{YAML::NodeType::Undefined};
};

struct Call {
  // "ComplaintService/SubmitComplaint".
  std::string method;
  // Empty: the instance that has the service.
  std::string at;
  YAML::Node request{YAML::NodeType::Undefined};
  ExpectedOutcome expected;
  std::map<std::string, std::string> save;
};

struct Step {
  enum class Kind { kCall, kEventually, kTogether, kAdvance };
  Kind kind = Kind::kCall;
  // Names the step in messages.
  std::string title;
  // One, but for kTogether.
  std::vector<Call> calls;
  // Of kTogether.
  std::vector<ExpectedOutcome> outcomes;
  absl::Duration advance;
};

struct Scenario {
  // The name of its file.
  std::string name;
  std::string shows;
  // Set: needs a clock that can be moved.
  std::optional<absl::Time> clock;
  std::vector<Step> steps;
};

// INVALID_ARGUMENT: the file, the step and what is wrong with it; a key that is not known is an
// error.
absl::StatusOr<Scenario> LoadScenario(const std::string& file);
// The files of scenarios/, in the order of their names.
std::vector<std::string> ScenarioFiles();

}  // namespace redress::scenarios
