#include "services/analytics/facts/metrics_query.h"

#include <gtest/gtest.h>

namespace redress::analytics {
namespace {

using S = storage::v1::StageState;

ComplaintFact Fact(const std::string& category, int64_t received_s = 1'000'000) {
  ComplaintFact fact;
  fact.set_category(category);
  fact.set_received_at_us(received_s * 1'000'000);
  fact.set_stage(S::ASSESSED);
  fact.set_level(1);
  return fact;
}

v1::GetMetricsRequest Ask(std::vector<v1::Metric> metrics, std::vector<v1::Dimension> by = {}) {
  v1::GetMetricsRequest request;
  for (auto metric : metrics) request.add_metrics(metric);
  for (auto dimension : by) request.add_group_by(dimension);
  return request;
}

v1::GetMetricsResponse Answer(const v1::GetMetricsRequest& request,
                              const std::vector<ComplaintFact>& facts) {
  EXPECT_TRUE(MetricsQuery::Check(request).ok()) << MetricsQuery::Check(request);
  MetricsQuery query(request, [](const std::string& id) { return "team-" + id; });
  for (const auto& fact : facts) query.Add(fact);
  return query.Result();
}

TEST(MetricsQuery, F19_3_FirstResponseIsTheMeanOfThoseThatHaveOne) {
  ComplaintFact fast = Fact("a/b/c");
  fast.set_first_response_at_us(fast.received_at_us() + 100'000'000);
  ComplaintFact slow = Fact("a/b/c");
  slow.set_first_response_at_us(slow.received_at_us() + 300'000'000);
  const auto response =
      Answer(Ask({v1::METRIC_FIRST_RESPONSE_SECONDS}), {fast, slow, Fact("a/b/c")});
  EXPECT_EQ(response.rows(0).values(0).value(), 200);
  EXPECT_EQ(response.rows(0).values(0).count(), 2);
}

TEST(MetricsQuery, F19_5_FirstContactResolutionIsAShareOfTheResolved) {
  ComplaintFact once = Fact("a/b/c");
  once.set_resolved_at_us(once.received_at_us() + 1);
  once.set_first_contact(true);
  ComplaintFact twice = once;
  twice.set_first_contact(false);
  const auto response =
      Answer(Ask({v1::METRIC_FIRST_CONTACT_RESOLUTION_PERMILLE}), {once, twice, Fact("a/b/c")});
  EXPECT_EQ(response.rows(0).values(0).value(), 500);
  EXPECT_EQ(response.rows(0).values(0).count(), 2);
}

TEST(MetricsQuery, F19_7_EscalationRateIsOverAll) {
  ComplaintFact up = Fact("a/b/c");
  up.set_escalations(2);
  const auto response =
      Answer(Ask({v1::METRIC_ESCALATION_PERMILLE}), {up, Fact("a"), Fact("a"), Fact("a")});
  EXPECT_EQ(response.rows(0).values(0).value(), 250);
}

TEST(MetricsQuery, F22_1_OnTimeIsOverPromisesThatEnded) {
  ComplaintFact fact = Fact("a/b/c");
  fact.add_promises()->set_missed(false);
  fact.add_promises()->set_missed(true);
  const auto response =
      Answer(Ask({v1::METRIC_ON_TIME_PERMILLE, v1::METRIC_BREACHES}), {fact, Fact("a/b/c")});
  EXPECT_EQ(response.rows(0).values(0).value(), 500);
  EXPECT_EQ(response.rows(0).values(1).value(), 1);
}

TEST(MetricsQuery, F19_2_DrillsDownByCategoryDepthAndTime) {
  const auto response =
      Answer(Ask({v1::METRIC_COMPLAINTS}, {v1::DIMENSION_CATEGORY_2, v1::DIMENSION_DAY}),
             {Fact("a/b/c"), Fact("a/b/d"), Fact("a/x/y"), Fact("")});
  ASSERT_EQ(response.rows_size(), 3);
  EXPECT_EQ(response.rows(0).keys(0), "a/b");
  EXPECT_EQ(response.rows(0).values(0).value(), 2);
  EXPECT_EQ(response.rows(0).keys(1), "1970-01-12");
}

TEST(MetricsQuery, FiltersAndSpansHoldTogether) {
  v1::GetMetricsRequest request = Ask({v1::METRIC_COMPLAINTS});
  auto* filter = request.add_filters();
  filter->set_dimension(v1::DIMENSION_CATEGORY_1);
  filter->add_values("a");
  request.mutable_received()->mutable_from()->set_seconds(1'000'000);
  request.mutable_received()->mutable_until()->set_seconds(1'000'001);
  const auto response = Answer(request, {Fact("a/b/c"), Fact("z/b/c"), Fact("a/b/c", 1'000'001)});
  EXPECT_EQ(response.rows(0).values(0).value(), 1);
}

TEST(MetricsQuery, LimitSaysThatThereWasMore) {
  v1::GetMetricsRequest request = Ask({v1::METRIC_COMPLAINTS}, {v1::DIMENSION_CATEGORY_1});
  request.set_limit(1);
  const auto response = Answer(request, {Fact("a"), Fact("b"), Fact("b")});
  ASSERT_EQ(response.rows_size(), 1);
  EXPECT_EQ(response.rows(0).keys(0), "b");
  EXPECT_TRUE(response.truncated());
}

TEST(MetricsQuery, NamesEveryFieldThatIsWrong) {
  v1::GetMetricsRequest request;
  request.add_group_by(v1::DIMENSION_UNSPECIFIED);
  request.add_filters();
  const absl::Status status = MetricsQuery::Check(request);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
}

}  // namespace
}  // namespace redress::analytics
