#include "libs/host/process_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/log.h"
#include "libs/rpc/authenticator.h"

namespace redress {

ProcessOptions ParseOptions(int argc, char** argv, const std::string& description,
                            const std::vector<std::string>& module_names) {
  ProcessOptions options;
  std::string modules;
  CLI::App app(description);
  app.set_config("--config", "", "Read flags from this TOML or INI file; flags on the command line win");
  app.add_option("--log", options.log, "Event log: embedded (RocksDB in the data folder) or kafka")->capture_default_str();
  app.add_option("--data-dir", options.data_dir, "Folder for projections and the embedded log")->capture_default_str();
  app.add_option("--kafka", options.kafka, "Kafka bootstrap servers, host:port,host:port");
  app.add_option("--kafka-property", options.kafka_properties, "librdkafka property, name=value (repeatable)");
  app.add_flag("--create-topics", options.create_topics, "Make missing Kafka topics with their settings");
  app.add_option("--replication", options.replication, "Replicas of topics that are made")->capture_default_str();
  app.add_option("--id-secret-file", options.id_secret_file,
                 "File with the secret that complaint ids are made with; required with kafka");
  app.add_option("--listen", options.listen, "gRPC address; port 0 takes any free one")->capture_default_str();
  app.add_option("--metrics", options.metrics, "Prometheus address; port 0 takes any free one")->capture_default_str();
  app.add_option("--endpoints-file", options.endpoints_file, "Write the bound addresses here, as JSON");
  app.add_option("--token-file", options.token_file,
                 "Callers: a line per token, `token kind id role,role`. Without it: loopback only, everybody is local");
  app.add_option("--policy", options.policy_file, "Policy (YAML) that is published when none is active");
  app.add_option("--log-level", options.log_level, "debug, info, warning or error")->capture_default_str();
  app.add_flag("--check-config", options.check_config, "Check the configuration and end");
  app.add_flag("--print-config", options.print_config, "Print the configuration in force and end");
  if (module_names.size() > 1) {
    app.add_option("--modules", modules, absl::StrCat("Which to run: ", absl::StrJoin(module_names, ",")));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    std::exit(code == 0 ? 0 : 2);
  }
  options.modules = module_names;
  if (!modules.empty()) options.modules = absl::StrSplit(modules, ',', absl::SkipWhitespace());
  return options;
}

absl::Status CheckOptions(const ProcessOptions& options) {
  std::vector<std::string> problems;
  const auto wrong = [&problems](std::string what) { problems.push_back(std::move(what)); };
  if (options.log != "embedded" && options.log != "kafka") {
    wrong(absl::StrCat("--log ", options.log, ": embedded or kafka"));
  }
  if (options.log == "kafka") {
    if (options.kafka.empty()) wrong("--kafka: bootstrap servers are required with --log kafka");
    if (options.id_secret_file.empty()) wrong("--id-secret-file: required with --log kafka");
  }
  for (const std::string& property : options.kafka_properties) {
    if (property.find('=') == std::string::npos) wrong(absl::StrCat("--kafka-property ", property, ": name=value"));
  }
  if (options.data_dir.empty()) wrong("--data-dir: must not be empty");
  if (options.token_file.empty() && !IsLoopback(options.listen)) {
    wrong(absl::StrCat("--listen ", options.listen,
                       ": without --token-file only a loopback address is allowed, e.g. 127.0.0.1:7420"));
  }
  if (!options.token_file.empty()) {
    const auto tokens = Authenticator::FromFile(options.token_file);
    if (!tokens.ok()) wrong(absl::StrCat("--token-file ", options.token_file, ": ", tokens.status().message()));
  }
  for (const auto& [flag, file] : {std::pair<std::string, std::string>{"--policy", options.policy_file},
                                   {"--id-secret-file", options.log == "kafka" ? options.id_secret_file : ""}}) {
    if (!file.empty() && !std::ifstream(file).good()) wrong(absl::StrCat(flag, " ", file, ": cannot be read"));
  }
  if (!SetLogLevelByName(options.log_level)) {
    wrong(absl::StrCat("--log-level ", options.log_level, ": debug, info, warning or error"));
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

std::string PrintOptions(const ProcessOptions& options) {
  const auto text = [](const std::string& value) { return LogValue::Quoted(value); };
  std::vector<std::string> modules;
  for (const std::string& module : options.modules) modules.push_back(text(module));
  return absl::StrCat("{\n  \"log\": ", text(options.log), ",\n  \"data_dir\": ", text(options.data_dir),
                      ",\n  \"kafka\": ", text(options.kafka),
                      ",\n  \"create_topics\": ", options.create_topics ? "true" : "false",
                      ",\n  \"id_secret_file\": ", text(options.id_secret_file), ",\n  \"listen\": ",
                      text(options.listen), ",\n  \"metrics\": ", text(options.metrics), ",\n  \"token_file\": ",
                      text(options.token_file), ",\n  \"policy\": ", text(options.policy_file),
                      ",\n  \"log_level\": ", text(options.log_level), ",\n  \"modules\": [",
                      absl::StrJoin(modules, ", "), "]\n}\n");
}

}  // namespace redress
