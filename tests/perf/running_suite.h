// The five services in this process, started by `RunProcess` exactly as services/suite does it:
// with flags, and with factories that only look at what each module is given. They keep the log and
// the metrics at hand, and put the counting file system under the projections.
//
// Threads: Start, Stop and the destructor by one; the rest by any.
#pragma once

#include <signal.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/host/module.h"
#include "tests/perf/counting_file_system.h"

namespace redress::perf {

class RunningSuite {
 public:
  struct Options {
    std::string data_dir;
    std::string policy_file;
    // More flags of the suite, e.g. for Kafka.
    std::vector<std::string> flags;
  };

  // Ready to serve, with everybody on duty. SIGTERM is how the suite is told to stop: until `Stop`
  // it is blocked in the calling thread, and in all that it starts. Precondition: no other thread
  // would take it.
  static absl::StatusOr<std::unique_ptr<RunningSuite>> Start(Options options);
  ~RunningSuite();

  const std::string& grpc() const { return grpc_; }
  // What the modules have; valid until Stop.
  const HostContext& host() const { return host_; }
  const CountingFileSystem& disk() const { return *disk_; }
  const std::string& data_dir() const { return options_.data_dir; }
  int agents() const { return agents_; }

  void Stop();

 private:
  explicit RunningSuite(Options options);
  absl::Status Begin();
  HostContext Look(HostContext host);

  const Options options_;
  std::vector<std::string> arguments_;
  const std::shared_ptr<CountingFileSystem> disk_;
  const std::shared_ptr<StoreResources> resources_;
  HostContext host_;
  std::string grpc_;
  int agents_ = 0;
  sigset_t signals_before_{};
  Mutex mutex_;  // guards stopping_
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace redress::perf
