// `redress.classifier.v1.ClassifierService`: what a text would be assessed as, and why a complaint
// was assessed as it is. Reads only. Handlers run on gRPC threads and read the last flush;
// thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/directory/directory.h"
#include "libs/projection/projection_store.h"
#include "libs/rpc/service.h"
#include "redress/classifier/v1/classifier_service.pb.h"
#include "services/classifier/decide/triage_engines.h"

namespace redress::classifier {

class ClassifierApi {
 public:
  // Calls the last argument, on any thread, once all that the token names is folded and flushed
  // (ServiceModule::WhenReached).
  using WhenReached = std::function<void(const CallContext&, const std::string& token,
                                         std::function<void(absl::Status)>)>;

  // All must outlive the api; the api must outlive the server that it is registered with.
  ClassifierApi(const Directory* directory, TriageEngines* engines, const ProjectionStore* store,
                const Clock* clock, WhenReached when_reached);

  RpcService MakeService();

  // The answers themselves. Errors: INVALID_FIELD, NOT_FOUND, NOT_CAUGHT_UP (policy not folded
  // here), UPGRADE.
  absl::StatusOr<v1::ClassifyResponse> Classify(const v1::ClassifyRequest& request) const;
  absl::StatusOr<v1::ExplainAssessmentResponse> ExplainAssessment(
      const v1::ExplainAssessmentRequest& request) const;

 private:
  absl::StatusOr<std::shared_ptr<const CompiledPolicy>> PolicyFor(
      const v1::ClassifyRequest& request) const;

  const Directory* const directory_;
  TriageEngines* const engines_;
  const ProjectionStore* const store_;
  const Clock* const clock_;
  const WhenReached when_reached_;
};

}  // namespace redress::classifier
