#include "libs/errors/errors.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace redress {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Errors, CarryReasonAndMetadata) {
  const absl::Status status = MakeError(absl::StatusCode::kAborted, reason::kChanged,
                                        "changed meanwhile", {{"aspects", "stage,level"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(status), "CHANGED");
  EXPECT_EQ(ErrorMetadataOf(status, "aspects"), "stage,level");
  EXPECT_EQ(ErrorMetadataOf(status, "other"), std::nullopt);
}

TEST(Errors, APlainStatusCarriesNothing) {
  const absl::Status status = absl::InternalError("x");
  EXPECT_EQ(ReasonOf(status), "");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  EXPECT_THAT(FieldViolationsOf(status), IsEmpty());
  EXPECT_EQ(DescribeError(status), "INTERNAL: x");
  EXPECT_EQ(DescribeError(absl::OkStatus()), "OK");
}

TEST(Errors, AllViolationsOfARequestAreToldAtOnce) {
  FieldViolations violations;
  EXPECT_TRUE(violations.ToStatus().ok());
  violations.Add("text", "is empty");
  violations.Add("amount.currency", "is not ISO 4217");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  EXPECT_THAT(FieldViolationsOf(status),
              ElementsAre(FieldViolation{"text", "is empty"},
                          FieldViolation{"amount.currency", "is not ISO 4217"}));
  EXPECT_EQ(DescribeError(status),
            "INVALID_ARGUMENT INVALID_FIELD: the request is not valid\n"
            "  text: is empty\n  amount.currency: is not ISO 4217");
}

TEST(Errors, RetryDelayKeepsFractions) {
  const absl::Status status =
      WithRetryDelay(MakeError(absl::StatusCode::kResourceExhausted, reason::kOverloaded, "busy"),
                     absl::Milliseconds(1250));
  EXPECT_EQ(RetryDelayOf(status), absl::Milliseconds(1250));
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
  EXPECT_THAT(DescribeError(status), HasSubstr("call again in 1.25s"));
}

TEST(Errors, DescriptionsListMetadataInOrder) {
  const absl::Status status = MakeError(absl::StatusCode::kFailedPrecondition, "STAGE_FORBIDS",
                                        "no", {{"stage", "closed"}, {"a", "1"}});
  EXPECT_EQ(DescribeError(status),
            "FAILED_PRECONDITION STAGE_FORBIDS: no\n  a = 1\n  stage = closed");
}

}  // namespace
}  // namespace redress
