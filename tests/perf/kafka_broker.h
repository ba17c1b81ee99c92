// A broker of deploy/kafka for the run, in a folder of its own, stopped at the end. Not
// thread-safe.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace redress::perf {

class KafkaBroker {
 public:
  // UNAVAILABLE, with the reason that deploy/kafka/start gives, where none can be had.
  static absl::StatusOr<std::unique_ptr<KafkaBroker>> Start(const std::string& source_dir,
                                                            const std::string& folder);
  ~KafkaBroker();

  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }

 private:
  KafkaBroker() = default;

  std::string stop_;
  std::string address_;
  pid_t pid_ = 0;
};

// Runs a shell command and returns what it prints; `code`: its exit code, -1 when it was killed.
std::string OutputOf(const std::string& command, int* code);

}  // namespace redress::perf
