#include "libs/host/call_metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/rpc/call.h"
#include "redress/intake/v1/log_service.pb.h"

namespace redress {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CallMetricsTest : public ::testing::Test {
 protected:
  CallMetricsTest() : calls_(metrics_) {
    RpcService service("redress.intake.v1.LogService");
    service.Unary<intake::v1::GetStatusRequest, intake::v1::GetStatusResponse>(
        "GetStatus", {},
        [](const CallContext&, const intake::v1::GetStatusRequest&,
           Done<intake::v1::GetStatusResponse> done) { done(intake::v1::GetStatusResponse()); });
    calls_.Add("intake", service);
  }

  Metrics metrics_;
  CallMetrics calls_;
};

constexpr std::string_view kGetStatus = "/redress.intake.v1.LogService/GetStatus";

TEST_F(CallMetricsTest, CallsAreCountedByMethodAndCodeAndTimed) {
  calls_.OnEnd({kGetStatus, absl::StatusCode::kOk, absl::Milliseconds(3), ""});
  calls_.OnEnd({kGetStatus, absl::StatusCode::kOk, absl::Milliseconds(3), ""});
  calls_.OnEnd(
      {kGetStatus, absl::StatusCode::kResourceExhausted, absl::Milliseconds(3), "OVERLOADED"});
  const std::string text = metrics_.Text();
  EXPECT_THAT(
      text,
      HasSubstr("redress_commands_total{code=\"OK\",method=\"GetStatus\",service=\"intake\"} 2"));
  EXPECT_THAT(text,
              HasSubstr("{code=\"RESOURCE_EXHAUSTED\",method=\"GetStatus\",service=\"intake\"} 1"));
  EXPECT_THAT(
      text, HasSubstr("redress_command_seconds_count{method=\"GetStatus\",service=\"intake\"} 3"));
}

TEST_F(CallMetricsTest, RefusalsAreCountedByReason) {
  calls_.OnEnd({kGetStatus, absl::StatusCode::kFailedPrecondition, absl::Milliseconds(3), "STAGE"});
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr(
          "redress_refusals_total{method=\"GetStatus\",reason=\"STAGE\",service=\"intake\"} 1"));
}

TEST_F(CallMetricsTest, MethodsThatWereNotAddedAreNotCounted) {
  calls_.OnEnd({"/grpc.health.v1.Health/Check", absl::StatusCode::kOk, absl::Milliseconds(1), ""});
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("Check")));
}

}  // namespace
}  // namespace redress
