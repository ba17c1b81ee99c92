// redress-play-scenario --endpoints FILE [--stop-between-steps] [--variables FILE] SCENARIO.yaml
//
// Plays one scenario against processes that run already. The file of endpoints is JSON: {"intake":
// "host:port", "intake-2": …, "classifier": …, "router": …, "sla-timer": …, "analytics": …}. With
// --stop- between-steps it prints `step N of M` after each step and waits for a line; then it reads
// the endpoints anew. The file of variables (JSON) is read at the start, if it is there, and
// written at the end. Exit code 0: everything went as written; 1: not, the reason is printed; 2:
// wrong usage; 3: the scenario needs a clock that can be moved.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/scenarios/player.h"
#include "tests/scenarios/scenario.h"
#include "yaml-cpp/yaml.h"

namespace redress::scenarios {
namespace {

class Processes final : public Stage {
 public:
  Processes(std::string endpoints_file, bool stop_between_steps)
      : endpoints_file_(std::move(endpoints_file)), stop_between_steps_(stop_between_steps) {
    Connect();
  }

  RpcChannel& ChannelOf(const std::string& instance) override { return *channels_.at(instance); }
  absl::Time now() override { return absl::Now(); }
  void Advance(absl::Duration) override {}
  absl::Status AfterStep(size_t step, size_t steps) override {
    if (!stop_between_steps_) return absl::OkStatus();
    std::cout << "step " << step + 1 << " of " << steps << std::endl;
    std::string line;
    if (!std::getline(std::cin, line)) return absl::CancelledError("nobody says to go on");
    Connect();
    return absl::OkStatus();
  }

 private:
  void Connect() {
    channels_.clear();
    for (const auto& entry : YAML::LoadFile(endpoints_file_)) {
      channels_[entry.first.Scalar()] =
          std::make_unique<RpcChannel>(RpcChannelOptions{entry.second.Scalar()});
    }
  }

  const std::string endpoints_file_;
  const bool stop_between_steps_;
  std::map<std::string, std::unique_ptr<RpcChannel>> channels_;
};

std::map<std::string, std::string> ReadVariables(const std::string& file) {
  std::map<std::string, std::string> variables;
  if (!std::filesystem::exists(file)) return variables;
  for (const auto& entry : YAML::LoadFile(file))
    variables[entry.first.Scalar()] = entry.second.Scalar();
  return variables;
}

void WriteVariables(const std::string& file, const std::map<std::string, std::string>& variables) {
  YAML::Emitter out;
  out << YAML::DoubleQuoted << YAML::Flow << variables;
  std::ofstream(file) << out.c_str() << "\n";
}

int Run(const std::string& endpoints, bool stop_between_steps, const std::string& variables_file,
        const std::string& file) {
  const auto scenario = LoadScenario(file);
  if (!scenario.ok()) {
    std::cerr << scenario.status().message() << "\n";
    return 2;
  }
  if (scenario->clock) return 3;
  Processes processes(endpoints, stop_between_steps);
  std::map<std::string, std::string> variables = ReadVariables(variables_file);
  const absl::Status played = Play(*scenario, processes, &variables);
  if (!variables_file.empty()) WriteVariables(variables_file, variables);
  if (!played.ok()) std::cerr << played.message() << "\n";
  return played.ok() ? 0 : 1;
}

}  // namespace
}  // namespace redress::scenarios

int main(int argc, char** argv) {
  std::string endpoints, variables, file;
  bool stop_between_steps = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--stop-between-steps") {
      stop_between_steps = true;
    } else if (word == "--endpoints" && i + 1 < argc) {
      endpoints = argv[++i];
    } else if (word == "--variables" && i + 1 < argc) {
      variables = argv[++i];
    } else {
      file = word;
    }
  }
  if (endpoints.empty() || file.empty()) {
    std::cerr << "usage: redress-play-scenario --endpoints FILE [--stop-between-steps] "
                 "[--variables FILE] "
                 "SCENARIO.yaml\n";
    return 2;
  }
  return redress::scenarios::Run(endpoints, stop_between_steps, variables, file);
}
