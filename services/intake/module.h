// Intake as a module: the command side of the suite. It folds the full record, takes in channel
// messages, decides every command of people and clients, and answers questions about complaints and
// the directory.
//
// Threads: as ServiceModule; questions are answered on a thread of their own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/host/service_module.h"
#include "libs/runtime/thread_executor.h"
#include "services/intake/api/intake_core.h"
#include "services/intake/event_counter.h"
#include "services/intake/projection/intake_projection.h"
#include "services/intake/publish/policy_publisher.h"
#include "services/intake/take_in/take_in.h"

namespace redress::intake {

// Of the rows beside heads and states (docs/formats/projection.md): a change is a rebuild.
inline constexpr int kIntakeLayout = 5;

class IntakeModule final : public ServiceModule, private IntakeCore {
 public:
  explicit IntakeModule(HostContext host);
  ~IntakeModule() override;

  std::vector<RpcService> RpcServices() override;
  // Also waits until the policy of the file has been published, or another one is active.
  absl::Status Ready() const override;

 private:
  absl::StatusOr<ServiceParts> MakeParts() override;
  void OnMade(Service& service) override;
  void OnTick(Service& service) override;
  void OnStop() override;

  // IntakeCore.
  EventLog& log() override { return *host().log; }
  const Clock& clock() override { return *host().clock; }
  const Directory& directory() override { return directory_; }
  const ProjectionStore& store() override { return ServiceModule::store(); }
  const std::string& secret() override { return host().id_secret; }
  Executor& queries() override { return *queries_; }
  void OnService(std::function<void()> work) override;
  void WhenFolded(ConsistencyToken token, absl::Time deadline,
                  std::function<void(absl::Status)> done) override;
  std::string FlushedToken() override { return ServiceModule::FlushedToken(); }
  void Submit(Command command, CommandDone done) override;
  absl::StatusOr<Refusal> RefusalOf(const CommandOutcome& outcome) override;

  Directory directory_;
  std::optional<EventCounter> counter_;
  std::optional<IntakeProjection> projection_;
  std::optional<TakeInDecider> decider_;
  std::optional<PolicyPublisher> publisher_;
  // Set once the machines exist; used on the service's thread only.
  Service* service_ = nullptr;
  std::unique_ptr<ThreadExecutor> queries_;
};

}  // namespace redress::intake
