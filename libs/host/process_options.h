// The flags of a process, checked at start and printed on request.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/event_log/event_log.h"

namespace redress {

struct ProcessOptions {
  // "embedded" or "kafka".
  std::string log = "embedded";
  std::string data_dir = "data";
  std::string kafka;
  // librdkafka properties, "name=value".
  std::vector<std::string> kafka_properties;
  // Make missing topics with these partitions and replicas.
  bool create_topics = false;
  int replication = 1;
  // File with the id secret; required on Kafka, made with an embedded log.
  std::string id_secret_file;
  std::string listen = "127.0.0.1:7420";
  std::string metrics = "127.0.0.1:9420";
  // Where the bound ports are written as JSON once everything serves; empty: nowhere.
  std::string endpoints_file;
  std::string token_file;
  std::string policy_file;
  // Where operators may have backups made; empty: nowhere.
  std::string backup_dir;
  std::vector<std::string> modules;
  std::string log_level = "info";
  bool check_config = false;
  bool print_config = false;
};

// Reads the flags. Exits with 0 for --help and 2 for what is no flag.
ProcessOptions ParseOptions(int argc, char** argv, const std::string& description,
                            const std::vector<std::string>& module_names);

// Everything that is wrong, one line each, naming the flag and the fix.
absl::Status CheckOptions(const ProcessOptions& options);

// What the file of --id-secret-file says. Errors name the flag: those of `ReadFile`, and
// INVALID_ARGUMENT for an empty file.
absl::StatusOr<std::string> ReadIdSecret(const std::string& path);

// The configuration in force as JSON, without secrets.
std::string PrintOptions(const ProcessOptions& options);

}  // namespace redress
