#include "services/analytics/api/analytics_service.h"

#include <memory>

#include "libs/api/proto_time.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "redress/analytics/v1/analytics_service.pb.h"
#include "services/analytics/facts/metrics_query.h"
#include "services/analytics/projection/analytics_projection.h"

namespace redress::analytics {
namespace {

CodeOf CodesOf(const AnalyticsApi& api) {
  return [directory = api.directory](const std::string& id) { return directory->CodeOf(id); };
}

absl::StatusOr<v1::GetMetricsResponse> GetMetrics(const AnalyticsApi& api,
                                                  const v1::GetMetricsRequest& request) {
  REDRESS_RETURN_IF_ERROR(MetricsQuery::Check(request));
  MetricsQuery query(request, CodesOf(api));
  REDRESS_RETURN_IF_ERROR(
      ForEachFact(*api.store, [&](const ComplaintFact& fact) { query.Add(fact); }));
  v1::GetMetricsResponse response = query.Result();
  *response.mutable_computed_at() = ToTimestamp(api.clock->Now());
  response.set_consistency_token(api.flushed_token());
  return response;
}

absl::StatusOr<v1::GetSummaryResponse> GetSummary(const AnalyticsApi& api,
                                                  const v1::GetSummaryRequest& request) {
  const auto make = [&](std::initializer_list<v1::Dimension> group_by) {
    v1::GetMetricsRequest query;
    *query.mutable_received() = request.received();
    query.add_metrics(v1::METRIC_COMPLAINTS);
    query.add_metrics(v1::METRIC_OPEN);
    for (v1::Dimension dimension : group_by) query.add_group_by(dimension);
    return query;
  };
  v1::GetMetricsRequest all = make({});
  all.clear_metrics();
  for (int metric = v1::Metric_MIN + 1; metric <= v1::Metric_MAX; ++metric) {
    if (v1::Metric_IsValid(metric)) all.add_metrics(static_cast<v1::Metric>(metric));
  }
  MetricsQuery totals(all, CodesOf(api));
  MetricsQuery by_category(make({v1::DIMENSION_CATEGORY_2}), CodesOf(api));
  MetricsQuery by_level(make({v1::DIMENSION_LEVEL}), CodesOf(api));
  MetricsQuery by_channel(make({v1::DIMENSION_CHANNEL}), CodesOf(api));
  MetricsQuery by_team(make({v1::DIMENSION_TEAM}), CodesOf(api));
  REDRESS_RETURN_IF_ERROR(ForEachFact(*api.store, [&](const ComplaintFact& fact) {
    for (MetricsQuery* query : {&totals, &by_category, &by_level, &by_channel, &by_team})
      query->Add(fact);
  }));
  v1::GetSummaryResponse response;
  const v1::GetMetricsResponse total = totals.Result();
  if (total.rows_size() == 1) *response.mutable_totals() = total.rows(0).values();
  *response.mutable_by_category() = by_category.Result().rows();
  *response.mutable_by_level() = by_level.Result().rows();
  *response.mutable_by_channel() = by_channel.Result().rows();
  *response.mutable_by_team() = by_team.Result().rows();
  *response.mutable_computed_at() = ToTimestamp(api.clock->Now());
  response.set_consistency_token(api.flushed_token());
  return response;
}

// Waits for the token, then answers.
template <typename Request, typename Response, typename Answer>
void AddMethod(RpcService& service, const char* name, const AnalyticsApi& api, Answer answer) {
  service.Unary<Request, Response>(
      name, {.role = "agent"},
      [api, answer](const CallContext& call, const Request& request, Done<Response> done) {
        // Without a token nothing is waited for, and the scan stays off the service's thread.
        if (request.consistency_token().empty()) return done(answer(api, request));
        auto shared = std::make_shared<Done<Response>>(std::move(done));
        api.when_reached(
            call, request.consistency_token(),
            [api, answer, request, shared](absl::Status reached) {
              (*shared)(reached.ok() ? answer(api, request) : absl::StatusOr<Response>(reached));
            });
      });
}

}  // namespace

RpcService MakeAnalyticsService(AnalyticsApi api) {
  RpcService service("redress.analytics.v1.AnalyticsService");
  AddMethod<v1::GetMetricsRequest, v1::GetMetricsResponse>(service, "GetMetrics", api, GetMetrics);
  AddMethod<v1::GetSummaryRequest, v1::GetSummaryResponse>(service, "GetSummary", api, GetSummary);
  return service;
}

}  // namespace redress::analytics
