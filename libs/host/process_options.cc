#include "libs/host/process_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/file.h"
#include "libs/base/log.h"
#include "libs/base/utf8.h"
#include "libs/policy/policy_yaml.h"
#include "libs/projection/rocksdb/store_resources.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/authenticator.h"

namespace redress {
namespace {

// The content too: a process that cannot publish its policy never gets ready, so it does not start.
absl::Status CheckPolicyFile(const std::string& path) {
  const absl::StatusOr<std::string> content = ReadFile(path);
  if (!content.ok())
    return absl::Status(content.status().code(),
                        absl::StrCat("--policy ", content.status().message()));
  if (!IsUtf8(*content))
    return absl::InvalidArgumentError(absl::StrCat("--policy ", path, ": is not UTF-8"));
  const absl::Status loaded = LoadPolicyYaml(*content, path).status();
  return absl::Status(loaded.code(), absl::StripTrailingAsciiWhitespace(loaded.message()));
}

// Values of properties that hold secrets are not printed.
std::string PropertyToPrint(const std::string& property) {
  const std::string name = property.substr(0, property.find('='));
  const bool secret = absl::StrContains(name, "password") || absl::StrContains(name, "key") ||
                      absl::StrContains(name, "secret") ||
                      absl::StrContains(name, "oauthbearer.config");
  return secret ? name + "=***" : property;
}

std::string List(const std::vector<std::string>& texts) {
  return absl::StrCat("[",
                      absl::StrJoin(texts, ", ",
                                    [](std::string* out, const std::string& text) {
                                      out->append(LogValue::Quoted(text));
                                    }),
                      "]");
}

}  // namespace

ProcessOptions ParseOptions(int argc, char** argv, const std::string& description,
                            const std::vector<std::string>& module_names) {
  ProcessOptions options;
  std::string modules;
  CLI::App app(description);
  app.set_config("--config", "",
                 "Read flags from this TOML or INI file; flags on the command line win");
  // A misspelt flag must not be passed over in silence.
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--log", options.log, "Event log: embedded (RocksDB in the data folder) or kafka")
      ->capture_default_str();
  app.add_option("--data-dir", options.data_dir, "Folder for projections and the embedded log")
      ->capture_default_str();
  app.add_option("--kafka", options.kafka, "Kafka bootstrap servers, host:port,host:port");
  app.add_option("--kafka-property", options.kafka_properties,
                 "librdkafka property, name=value (repeatable)");
  app.add_flag("--create-topics", options.create_topics,
               "Make missing Kafka topics with their settings");
  app.add_option("--replication", options.replication, "Replicas of topics that are made")
      ->capture_default_str();
  app.add_option("--id-secret-file", options.id_secret_file,
                 "File with the secret that complaint ids are made with; required with kafka");
  app.add_option("--listen", options.listen, "gRPC address; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--metrics", options.metrics, "Prometheus address; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--endpoints-file", options.endpoints_file,
                 "Write the bound addresses here, as JSON");
  app.add_option("--token-file", options.token_file,
                 "Callers: a line per token, `token kind id role,role`. Without it: loopback only, "
                 "everybody is local");
  app.add_option("--policy", options.policy_file,
                 "Policy (YAML) that is published when none is active");
  app.add_option("--backup-dir", options.backup_dir,
                 "Folder in which operators may have backups made (redressctl backup)");
  app.add_option("--log-level", options.log_level, "debug, info, warning or error")
      ->capture_default_str();
  app.add_flag("--check-config", options.check_config, "Check the configuration and end");
  app.add_flag("--print-config", options.print_config, "Print the configuration in force and end");
  if (module_names.size() > 1) {
    app.add_option("--modules", modules,
                   absl::StrCat("Which to run: ", absl::StrJoin(module_names, ",")));
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
    if (property.find('=') == std::string::npos)
      wrong(absl::StrCat("--kafka-property ", property, ": name=value"));
  }
  if (options.data_dir.empty()) wrong("--data-dir: must not be empty");
  if (options.token_file.empty() && !IsLoopback(options.listen)) {
    wrong(absl::StrCat(
        "--listen ", options.listen,
        ": without --token-file only a loopback address is allowed, e.g. 127.0.0.1:7420"));
  }
  if (!options.token_file.empty()) {
    const auto tokens = Authenticator::FromFile(options.token_file);
    if (!tokens.ok())
      wrong(absl::StrCat("--token-file ", options.token_file, ": ", tokens.status().message()));
  }
  if (!options.policy_file.empty()) {
    const absl::Status policy = CheckPolicyFile(options.policy_file);
    if (!policy.ok()) wrong(std::string(policy.message()));
  }
  // A pipe can be read once only, by who needs what it says.
  std::error_code no_pipe;
  if (!options.id_secret_file.empty() &&
      !std::filesystem::is_fifo(options.id_secret_file, no_pipe)) {
    const absl::Status secret = ReadIdSecret(options.id_secret_file).status();
    if (!secret.ok()) wrong(std::string(secret.message()));
  }
  if (!SetLogLevelByName(options.log_level)) {
    wrong(absl::StrCat("--log-level ", options.log_level, ": debug, info, warning or error"));
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

absl::StatusOr<std::string> ReadIdSecret(const std::string& path) {
  absl::StatusOr<std::string> secret = ReadFile(path);
  if (!secret.ok())
    return absl::Status(secret.status().code(),
                        absl::StrCat("--id-secret-file ", secret.status().message()));
  if (secret->empty())
    return absl::InvalidArgumentError(absl::StrCat("--id-secret-file ", path, ": is empty"));
  return secret;
}

std::string PrintOptions(const ProcessOptions& options) {
  const auto text = [](const std::string& value) { return LogValue::Quoted(value); };
  std::vector<std::string> properties;
  for (const std::string& property : options.kafka_properties)
    properties.push_back(PropertyToPrint(property));
  const RpcLimits rpc;
  const StoreLimits stores;
  const std::vector<std::pair<std::string_view, std::string>> entries = {
      {"log", text(options.log)},
      {"data_dir", text(options.data_dir)},
      {"kafka", text(options.kafka)},
      {"kafka_properties", List(properties)},
      {"create_topics", options.create_topics ? "true" : "false"},
      {"replication", absl::StrCat(options.replication)},
      {"backup_dir", text(options.backup_dir)},
      {"id_secret_file", text(options.id_secret_file)},
      {"listen", text(options.listen)},
      {"metrics", text(options.metrics)},
      {"endpoints_file", text(options.endpoints_file)},
      {"token_file", text(options.token_file)},
      {"callers", text(options.token_file.empty() ? "local only" : "by token")},
      {"policy", text(options.policy_file)},
      {"log_level", text(options.log_level)},
      {"modules", List(options.modules)},
      {"max_calls_in_flight", absl::StrCat(rpc.max_in_flight)},
      {"max_streams", absl::StrCat(rpc.max_streams)},
      {"max_streams_per_caller", absl::StrCat(rpc.max_streams_per_caller)},
      {"max_deadline_seconds", absl::StrCat(absl::ToInt64Seconds(rpc.max_deadline))},
      {"max_message_bytes", absl::StrCat(rpc.max_message_bytes)},
      {"max_metadata_bytes", absl::StrCat(rpc.max_metadata_bytes)},
      {"max_refusals_per_complaint", absl::StrCat(rpc.refusals.per_complaint)},
      {"max_refusals_per_caller", absl::StrCat(rpc.refusals.per_caller)},
      {"block_cache_bytes", absl::StrCat(stores.cache_bytes)},
      {"memtables_bytes", absl::StrCat(stores.memtables_bytes)},
  };
  return absl::StrCat("{\n",
                      absl::StrJoin(entries, ",\n",
                                    [](std::string* out, const auto& entry) {
                                      absl::StrAppend(out, "  ", LogValue::Quoted(entry.first),
                                                      ": ", entry.second);
                                    }),
                      "\n}\n");
}

}  // namespace redress
