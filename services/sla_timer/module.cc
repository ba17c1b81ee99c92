#include "services/sla_timer/module.h"

#include <map>
#include <optional>
#include <utility>

#include "libs/host/service_module.h"
#include "services/sla_timer/api/sla_service.h"
#include "services/sla_timer/projection/sla_projection.h"
#include "services/sla_timer/work/sla_decider.h"

namespace redress::sla_timer {
namespace {

// Version of the rows: 'S' with the kept aspects and the tables of sla_tables.h.
constexpr int kLayout = 4;

class SlaTimerModule final : public ServiceModule {
 public:
  explicit SlaTimerModule(HostContext host)
      : ServiceModule(std::move(host), "sla-timer", kLayout),
        metrics_(this->host().metrics != nullptr ? SlaTimerMetrics(*this->host().metrics)
                                                 : SlaTimerMetrics()),
        projection_(&directory_),
        decider_(&directory_) {}
  ~SlaTimerModule() override { Stop(); }

  std::vector<RpcService> RpcServices() override {
    queries_.emplace(&store(), &directory_, host().clock);
    SlaApi api;
    api.queries = &*queries_;
    api.when_reached = [this](const CallContext& call, const std::string& token,
                              std::function<void(absl::Status)> done) {
      WhenReached(call, token, std::move(done));
    };
    api.flushed_token = [this] { return FlushedToken(); };
    std::vector<RpcService> services;
    services.push_back(MakeSlaService(std::move(api)));
    return services;
  }

 protected:
  absl::StatusOr<ServiceParts> MakeParts() override {
    ServiceParts parts;
    parts.projection = &projection_;
    parts.decider = &decider_;
    parts.kinds = SlaKindsInOrder();
    parts.owns = {OwnershipKind::kSlaTimer};
    return parts;
  }
  void OnMade(Service& service) override {
    projection_.SetMetrics(metrics_, [&service](Partition partition) {
      return service.Counts(OwnershipKind::kSlaTimer, partition);
    });
  }
  void OnTick(Service& service) override {
    projection_.PublishRunningClocks();
    // Timers that come near while nothing else happens are read from the store by a step.
    service.Pump();
  }

 private:
  Directory directory_;
  const SlaTimerMetrics metrics_;
  SlaProjection projection_;
  SlaDecider decider_;
  std::optional<SlaQueries> queries_;
};

}  // namespace

std::unique_ptr<Module> MakeModule(HostContext host) {
  return std::make_unique<SlaTimerModule>(std::move(host));
}

}  // namespace redress::sla_timer
