#include "libs/rpc/health.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/alarm.h"
#include "libs/base/mutex.h"
#include "libs/errors/errors.h"

namespace redress {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

struct Answers {
  Readiness readiness;
  std::vector<std::string> services;

  HealthCheckResponse::ServingStatus Of(const std::string& service) const {
    if (!service.empty() &&
        std::find(services.begin(), services.end(), service) == services.end()) {
      return HealthCheckResponse::SERVICE_UNKNOWN;
    }
    return readiness(service).ok() ? HealthCheckResponse::SERVING
                                   : HealthCheckResponse::NOT_SERVING;
  }
};

// One watcher: asks again and again, tells changes. Owns itself until the stream is closed.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(std::shared_ptr<const Answers> answers, std::string service, absl::Duration interval,
        StreamWriter<HealthCheckResponse> writer)
      : answers_(std::move(answers)),
        service_(std::move(service)),
        interval_(interval),
        writer_(std::move(writer)) {}

  void Begin() {
    self_ = shared_from_this();
    Look();
  }

 private:
  void Look() {
    const auto status = answers_->Of(service_);
    if (status != told_) {
      HealthCheckResponse response;
      response.set_status(status);
      // A full queue of a watcher that does not read: told at a later look.
      if (writer_.Write(response) == WriteResult::kQueued) told_ = status;
    }
    if (writer_.closed()) {
      self_.reset();
      return;
    }
    alarm_ = std::make_unique<grpc::Alarm>();
    // Weak: an alarm keeps its function until it is destroyed, and it is a part of this.
    alarm_->Set(absl::ToChronoTime(absl::Now() + interval_), [weak = weak_from_this()](bool) {
      if (const auto self = weak.lock()) self->Look();
    });
  }

  const std::shared_ptr<const Answers> answers_;
  const std::string service_;
  const absl::Duration interval_;
  const StreamWriter<HealthCheckResponse> writer_;
  // UNKNOWN is never told.
  HealthCheckResponse::ServingStatus told_ = HealthCheckResponse::UNKNOWN;
  std::unique_ptr<grpc::Alarm> alarm_;
  std::shared_ptr<Watch> self_;
};

}  // namespace

RpcService MakeHealthService(Readiness readiness, std::vector<std::string> services,
                             absl::Duration watch_interval) {
  auto answers =
      std::make_shared<const Answers>(Answers{std::move(readiness), std::move(services)});
  RpcService health("grpc.health.v1.Health");
  const MethodOptions always{.role = "", .always_answered = true};
  health.Unary<HealthCheckRequest, HealthCheckResponse>(
      "Check", always,
      [answers](const CallContext&, const HealthCheckRequest& request,
                Done<HealthCheckResponse> done) {
        HealthCheckResponse response;
        response.set_status(answers->Of(request.service()));
        if (response.status() == HealthCheckResponse::SERVICE_UNKNOWN) {
          done(MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                         "no such service in this process"));
        } else {
          done(std::move(response));
        }
      });
  health.Stream<HealthCheckRequest, HealthCheckResponse>(
      "Watch", always,
      [answers, watch_interval](const CallContext&, const HealthCheckRequest& request,
                                StreamWriter<HealthCheckResponse> writer) {
        std::make_shared<Watch>(answers, request.service(), watch_interval, std::move(writer))
            ->Begin();
      });
  return health;
}

}  // namespace redress
