#include "services/sla_timer/api/sla_service.h"

#include <memory>
#include <utility>

namespace redress::sla_timer {
namespace {

using namespace sla::v1;  // NOLINT: requests and answers of this one API

// Runs `answer` once the token is reached. `request` lives until `done` was called.
template <typename Request, typename Response>
void WhenReached(const SlaApi& api, const CallContext& call, const Request& request,
                 Done<Response> done, std::function<absl::StatusOr<Response>()> answer) {
  auto shared = std::make_shared<Done<Response>>(std::move(done));
  api.when_reached(call, request.consistency_token(),
                   [shared, answer = std::move(answer)](absl::Status reached) {
                     if (!reached.ok()) return (*shared)(std::move(reached));
                     (*shared)(answer());
                   });
}

}  // namespace

RpcService MakeSlaService(SlaApi api) {
  RpcService service("redress.sla.v1.SlaService");
  service.Unary<ListClocksRequest, ListClocksResponse>(
      "ListClocks", {.role = "agent"},
      [api](const CallContext& call, const ListClocksRequest& request,
            Done<ListClocksResponse> done) {
        WhenReached<ListClocksRequest, ListClocksResponse>(
            api, call, request, std::move(done),
            [&api, &request]() -> absl::StatusOr<ListClocksResponse> {
              // Taken first: the rows read are at least as new.
              std::string token = api.flushed_token();
              auto response = api.queries->ListClocks(request);
              if (response.ok()) response->set_consistency_token(std::move(token));
              return response;
            });
      });
  service.Unary<ListDueSoonRequest, ListDueSoonResponse>(
      "ListDueSoon", {.role = "agent"},
      [api](const CallContext& call, const ListDueSoonRequest& request,
            Done<ListDueSoonResponse> done) {
        WhenReached<ListDueSoonRequest, ListDueSoonResponse>(
            api, call, request, std::move(done),
            [&api, &request] { return api.queries->ListDueSoon(request); });
      });
  service.Unary<ExplainClockRequest, ExplainClockResponse>(
      "ExplainClock", {.role = "agent"},
      [api](const CallContext& call, const ExplainClockRequest& request,
            Done<ExplainClockResponse> done) {
        WhenReached<ExplainClockRequest, ExplainClockResponse>(
            api, call, request, std::move(done),
            [&api, &request] { return api.queries->ExplainClock(request); });
      });
  return service;
}

}  // namespace redress::sla_timer
