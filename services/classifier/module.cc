#include "services/classifier/module.h"

#include <utility>

#include "libs/host/service_module.h"
#include "libs/metrics/domain_metrics.h"
#include "services/classifier/api/classifier_api.h"
#include "services/classifier/projection/classifier_projection.h"
#include "services/classifier/work/assess_decider.h"

namespace redress::classifier {
namespace {

// Of the rows; a change is a rebuild (docs/formats/projection.md).
constexpr int kLayout = 3;

class ClassifierModule final : public ServiceModule {
 public:
  explicit ClassifierModule(HostContext host)
      : ServiceModule(std::move(host), "classifier", kLayout),
        projection_(&directory_),
        decider_(&directory_, &engines_) {}
  ~ClassifierModule() override { Stop(); }

  std::vector<RpcService> RpcServices() override {
    api_ = std::make_unique<ClassifierApi>(&directory_, &engines_, &store(), host().clock,
                                           [this](const CallContext& call, const std::string& token,
                                                  std::function<void(absl::Status)> done) {
                                             WhenReached(call, token, std::move(done));
                                           });
    std::vector<RpcService> services;
    services.push_back(api_->MakeService());
    return services;
  }

 protected:
  absl::StatusOr<ServiceParts> MakeParts() override {
    ServiceParts parts;
    parts.projection = &projection_;
    parts.decider = &decider_;
    parts.kinds = {kAssess};
    parts.owns = {OwnershipKind::kClassifier};
    return parts;
  }

  void OnMade(Service& service) override {
    decider_.SetOverlay(&service.projector().overlay());
    if (host().metrics == nullptr) return;
    projection_.SetMetrics(ClassifierMetrics(*host().metrics), [&service](Partition partition) {
      return service.Counts(OwnershipKind::kClassifier, partition);
    });
  }

 private:
  Directory directory_;
  TriageEngines engines_;
  ClassifierProjection projection_;
  AssessDecider decider_;
  std::unique_ptr<ClassifierApi> api_;
};

}  // namespace

std::unique_ptr<Module> MakeModule(HostContext host) {
  return std::make_unique<ClassifierModule>(std::move(host));
}

}  // namespace redress::classifier
