// The whole suite in this process: the five services over an embedded log behind a real gRPC
// server, and a second intake with a projection and a server of its own, as a stage for scenarios.
//
// One thread. The folder is left behind for checks; the caller removes it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/host/module.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "tests/scenarios/fold_check.h"
#include "tests/scenarios/player.h"
#include "tests/scenarios/variant_log.h"

namespace redress::scenarios {

// The system's clock, moved by an offset. Thread-safe.
class MovedClock final : public Clock {
 public:
  absl::Time Now() const override { return base_.Now() + absl::Microseconds(offset_us_.load()); }
  void Move(absl::Duration by) { offset_us_ += absl::ToInt64Microseconds(by); }

 private:
  SystemClock base_;
  std::atomic<int64_t> offset_us_{0};
};

struct SuiteVariant {
  std::string name;
  LogVariant log;
  enum class Restart { kNever, kOnceInTheMiddle, kAfterEveryStep };
  Restart restart = Restart::kNever;
};

class Suite final : public Stage {
 public:
  // `folder` exists and is empty. `start`: where the clock begins, at or before the system's;
  // nothing: now.
  Suite(std::string folder, SuiteVariant variant, std::optional<absl::Time> start);
  ~Suite() override;

  // Opens the log, starts everything and waits until it can serve.
  absl::Status Open();
  void Close();
  // Precondition: closed. The log's own invariants, then every projection against a fold from zero.
  absl::Status Check();

  RpcChannel& ChannelOf(const std::string& instance) override;
  absl::Time now() override { return clock_.Now(); }
  void Advance(absl::Duration by) override;
  absl::Status AfterStep(size_t step, size_t steps) override;

 private:
  // What a process of its own would be: some modules behind one server.
  struct Server {
    std::vector<Module*> modules;
    std::unique_ptr<RpcServer> rpc;
    std::unique_ptr<RpcChannel> channel;
  };

  absl::StatusOr<std::unique_ptr<EmbeddedLog>> OpenLog();
  absl::Status Serve(Server* server);
  absl::Status WaitUntilReady();

  const std::string folder_;
  const SuiteVariant variant_;
  MovedClock clock_;
  SystemRandom random_;
  ProjectionCheck check_;
  // Modules outlive the log.
  std::vector<std::unique_ptr<Module>> modules_;
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<VariantLog> variant_log_;
  Server all_;
  Server second_intake_;
};

}  // namespace redress::scenarios
