#include "services/analytics/module.h"

#include <utility>

#include "libs/host/service_module.h"
#include "services/analytics/api/analytics_service.h"
#include "services/analytics/projection/analytics_projection.h"

namespace redress::analytics {
namespace {

// Version of the rows: 'S' with the kept aspects, 'F' facts.
constexpr int kLayout = 2;

class AnalyticsModule final : public ServiceModule {
 public:
  explicit AnalyticsModule(HostContext host)
      : ServiceModule(std::move(host), "analytics", kLayout),
        projection_(&directory_, this->host().metrics != nullptr
                                     ? AnalyticsMetrics(*this->host().metrics)
                                     : AnalyticsMetrics()) {}
  ~AnalyticsModule() override { Stop(); }

  std::vector<RpcService> RpcServices() override {
    AnalyticsApi api;
    api.store = &store();
    api.directory = &directory_;
    api.clock = host().clock;
    api.when_reached = [this](const CallContext& call, const std::string& token,
                              std::function<void(absl::Status)> done) {
      WhenReached(call, token, std::move(done));
    };
    api.flushed_token = [this] { return FlushedToken(); };
    std::vector<RpcService> services;
    services.push_back(MakeAnalyticsService(std::move(api)));
    return services;
  }

 protected:
  absl::StatusOr<ServiceParts> MakeParts() override {
    ServiceParts parts;
    parts.projection = &projection_;
    parts.owns = {OwnershipKind::kAnalytics};
    return parts;
  }
  void OnMade(Service& service) override {
    projection_.SetCounts(
        [&service] { return service.Counts(OwnershipKind::kAnalytics, Partition(0)); });
  }

 private:
  Directory directory_;
  AnalyticsProjection projection_;
};

}  // namespace

std::unique_ptr<Module> MakeModule(HostContext host) {
  return std::make_unique<AnalyticsModule>(std::move(host));
}

}  // namespace redress::analytics
