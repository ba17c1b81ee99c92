#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace redress::scenarios {
namespace {

absl::Status CheckKeys(const YAML::Node& node, const std::set<std::string>& known) {
  if (!node.IsMap()) return absl::InvalidArgumentError("a map is wanted");
  for (const auto& entry : node) {
    const std::string key = entry.first.Scalar();
    if (known.count(key) == 0) return absl::InvalidArgumentError("no such key: " + key);
  }
  return absl::OkStatus();
}

// What is not there as a node of its own: yaml-cpp's node for "not there" cannot be kept.
YAML::Node At(const YAML::Node& node, const char* key) {
  const YAML::Node found = node[key];
  return found.IsDefined() ? found : YAML::Node(YAML::NodeType::Undefined);
}

ExpectedOutcome ReadExpected(const YAML::Node& node) {
  ExpectedOutcome expected;
  expected.code = node["code"].as<std::string>(node["reason"] ? "" : "OK");
  expected.reason = node["reason"].as<std::string>("");
  expected.violations.reset(At(node, "violations"));
  expected.details.reset(At(node, "details"));
  expected.answer.reset(At(node, "answer"));
  return expected;
}

absl::StatusOr<Call> ReadCall(const YAML::Node& node, const char* verb) {
  REDRESS_RETURN_IF_ERROR(CheckKeys(
      node, {verb, "at", "request", "code", "reason", "violations", "details", "answer", "save"}));
  Call call;
  call.method = node[verb].as<std::string>("");
  if (call.method.find('/') == std::string::npos)
    return absl::InvalidArgumentError("Service/Method is wanted");
  call.at = node["at"].as<std::string>("");
  call.request.reset(At(node, "request"));
  call.expected = ReadExpected(node);
  for (const auto& entry : node["save"]) call.save[entry.first.Scalar()] = entry.second.Scalar();
  return call;
}

absl::StatusOr<Step> ReadStep(const YAML::Node& node) {
  Step step;
  if (node["advance"]) {
    step.kind = Step::Kind::kAdvance;
    step.title = "advance";
    if (!absl::ParseDuration(node["advance"].Scalar(), &step.advance)) {
      return absl::InvalidArgumentError("advance: no length of time");
    }
    return step;
  }
  if (node["together"]) {
    REDRESS_RETURN_IF_ERROR(CheckKeys(node, {"together", "outcomes"}));
    step.kind = Step::Kind::kTogether;
    step.title = "together";
    for (const auto& entry : node["together"]) {
      REDRESS_ASSIGN_OR_RETURN(Call call, ReadCall(entry, "call"));
      step.calls.push_back(std::move(call));
    }
    for (const auto& entry : node["outcomes"]) step.outcomes.push_back(ReadExpected(entry));
    if (step.outcomes.size() != step.calls.size()) {
      return absl::InvalidArgumentError("an outcome for each call is wanted");
    }
    return step;
  }
  const bool patient = node["eventually"].IsDefined();
  step.kind = patient ? Step::Kind::kEventually : Step::Kind::kCall;
  REDRESS_ASSIGN_OR_RETURN(Call call, ReadCall(node, patient ? "eventually" : "call"));
  step.title = call.method;
  step.calls.push_back(std::move(call));
  return step;
}

absl::StatusOr<Scenario> ReadScenario(const YAML::Node& root) {
  REDRESS_RETURN_IF_ERROR(CheckKeys(root, {"shows", "clock", "steps"}));
  Scenario scenario;
  scenario.shows = root["shows"].as<std::string>("");
  if (scenario.shows.empty()) return absl::InvalidArgumentError("shows: required");
  if (root["clock"]) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, root["clock"].Scalar(), &time, &error)) {
      return absl::InvalidArgumentError("clock: " + error);
    }
    scenario.clock = time;
  }
  for (const auto& node : root["steps"]) {
    auto step = ReadStep(node);
    if (!step.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("step ", scenario.steps.size() + 1, " (line ",
                                                     node.Mark().line + 1,
                                                     "): ", step.status().message()));
    }
    if (step->kind == Step::Kind::kAdvance && !scenario.clock) {
      return absl::InvalidArgumentError("advance: only with `clock`");
    }
    scenario.steps.push_back(*std::move(step));
  }
  if (scenario.steps.empty()) return absl::InvalidArgumentError("steps: required");
  return scenario;
}

}  // namespace

absl::StatusOr<Scenario> LoadScenario(const std::string& file) {
  const auto wrong = [&](const std::string& what) {
    return absl::InvalidArgumentError(file + ": " + what);
  };
  try {
    auto scenario = ReadScenario(YAML::LoadFile(file));
    if (!scenario.ok()) return wrong(std::string(scenario.status().message()));
    scenario->name = std::filesystem::path(file).stem().string();
    return scenario;
  } catch (const YAML::Exception& problem) {
    return wrong(problem.what());
  }
}

std::vector<std::string> ScenarioFiles() {
  const char* root = std::getenv("REDRESS_SOURCE_DIR");
  const std::string folder =
      std::string(root == nullptr ? "." : root) + "/tests/scenarios/scenarios";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace redress::scenarios
