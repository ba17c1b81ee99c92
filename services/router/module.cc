#include "services/router/module.h"

#include <utility>

#include "libs/host/service_module.h"
#include "services/router/api/routing_service.h"

namespace redress::router {
namespace {

// Version of the rows: 'S' with the kept aspects, 'A' holdings, 'U' owners over capacity, 'Q'
// queued.
constexpr int kLayout = 6;
constexpr absl::Duration kQueueFigures = absl::Seconds(5);

class RouterModule final : public ServiceModule {
 public:
  explicit RouterModule(HostContext host)
      : ServiceModule(std::move(host), "router", kLayout),
        router_metrics_(this->host().metrics != nullptr ? RouterMetrics(*this->host().metrics)
                                                        : RouterMetrics()),
        projection_(&directory_, router_metrics_),
        decider_(&projection_) {}
  ~RouterModule() override { Stop(); }

  std::vector<RpcService> RpcServices() override {
    RoutingApi api;
    api.projection = &projection_;
    api.decider = &decider_;
    api.clock = host().clock;
    api.when_reached = [this](const CallContext& call, const std::string& token,
                              std::function<void(absl::Status, Service*)> answer) {
      WhenReached(call, token, [this, answer = std::move(answer)](absl::Status reached) {
        answer(reached, made_);
      });
    };
    std::vector<RpcService> services;
    services.push_back(MakeRoutingService(std::move(api)));
    return services;
  }

 protected:
  absl::StatusOr<ServiceParts> MakeParts() override {
    ServiceParts parts;
    parts.projection = &projection_;
    parts.decider = &decider_;
    parts.kinds = RouterKindsInOrder();
    parts.owns = {OwnershipKind::kRouter};
    return parts;
  }
  void OnMade(Service& service) override {
    made_ = &service;
    projection_.SetActor(service.actor());
    // One router acts for all partitions.
    projection_.SetCounts(
        [&service] { return service.Counts(OwnershipKind::kRouter, Partition(0)); });
  }
  void OnTick(Service& service) override {
    if (host().clock->Now() < next_figures_) return;
    next_figures_ = host().clock->Now() + kQueueFigures;
    CountQueues(service);
  }

 private:
  // Of the router that acts; another shows nothing, so that a sum over instances is the queue.
  void CountQueues(Service& service) {
    std::map<std::pair<std::string, std::string>, double> lengths;
    for (const auto& key : shown_) lengths[key] = 0;
    if (service.Counts(OwnershipKind::kRouter, Partition(0))) {
      for (const auto& [team, queue] : projection_.queued().queues()) {
        for (const auto& [reason, count] : queue.by_reason) {
          lengths[{directory_.CodeOf(team.bytes()), reason}] = static_cast<double>(count);
        }
      }
    }
    for (const auto& [key, length] : lengths) {
      router_metrics_.queue_length.With({key.first, key.second}).Set(length);
      shown_.insert(key);
    }
  }

  Directory directory_;
  const RouterMetrics router_metrics_;
  RouterProjection projection_;
  RouterDecider decider_;
  Service* made_ = nullptr;
  absl::Time next_figures_ = absl::InfinitePast();
  std::set<std::pair<std::string, std::string>> shown_;
};

}  // namespace

std::unique_ptr<Module> MakeModule(HostContext host) {
  return std::make_unique<RouterModule>(std::move(host));
}

}  // namespace redress::router
