#include "libs/rpc/refusal_meter.h"

#include <string>

#include "gtest/gtest.h"
#include "libs/errors/errors.h"

namespace redress {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

RefusalLimits Small() {
  return {.per_complaint = 3,
          .per_complaint_forgiven = 1,
          .per_caller = 5,
          .per_caller_forgiven = 2,
          .remembered = 8};
}

TEST(RefusalMeter, ACallerIsSlowedDownOnTheComplaintThatRefusesIt) {
  RefusalMeter meter(Small());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(meter.Check("a", "c1", kNow).ok()) << i;
    meter.Count("a", "c1", kNow);
  }
  const absl::Status refused = meter.Check("a", "c1", kNow);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), reason::kTooManyRefusals);
  EXPECT_EQ(RetryDelayOf(refused), absl::Seconds(1));
  EXPECT_TRUE(meter.Check("a", "c2", kNow).ok()) << "another complaint";
  EXPECT_TRUE(meter.Check("b", "c1", kNow).ok()) << "another caller";
}

TEST(RefusalMeter, AfterTheDelayOneMoreIsAllowed) {
  RefusalMeter meter(Small());
  for (int i = 0; i < 3; ++i) meter.Count("a", "c1", kNow);
  EXPECT_FALSE(meter.Check("a", "c1", kNow + absl::Milliseconds(900)).ok());
  EXPECT_TRUE(meter.Check("a", "c1", kNow + absl::Seconds(1)).ok());
  meter.Count("a", "c1", kNow + absl::Seconds(1));
  EXPECT_FALSE(meter.Check("a", "c1", kNow + absl::Seconds(1)).ok());
}

TEST(RefusalMeter, SpreadOverManyComplaintsTheCallersOwnAllowanceEnds) {
  RefusalMeter meter(Small());
  for (int i = 0; i < 5; ++i) meter.Count("a", "c" + std::to_string(i), kNow);
  EXPECT_FALSE(meter.Check("a", "new", kNow).ok());
  EXPECT_FALSE(meter.Check("a", "", kNow).ok()) << "a command that names no complaint";
  EXPECT_TRUE(meter.Check("a", "new", kNow + absl::Seconds(1)).ok());
}

TEST(RefusalMeter, AClockSetBackForgivesNothing) {
  RefusalMeter meter(Small());
  for (int i = 0; i < 3; ++i) meter.Count("a", "c1", kNow);
  EXPECT_FALSE(meter.Check("a", "c1", kNow - absl::Hours(1)).ok());
}

TEST(RefusalMeter, RemembersABoundedNumberOfCallers) {
  RefusalMeter meter(Small());
  for (int i = 0; i < 1000; ++i) meter.Count("caller" + std::to_string(i), "c", kNow);
  for (int i = 0; i < 3; ++i) meter.Count("a", "c1", kNow);
  EXPECT_FALSE(meter.Check("a", "c1", kNow).ok()) << "the newest are still known";
}

}  // namespace
}  // namespace redress
