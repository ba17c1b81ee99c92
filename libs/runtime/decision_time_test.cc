#include "libs/runtime/decision_time.h"

#include <gtest/gtest.h>

namespace redress {
namespace {

const absl::Time kOwn = absl::FromUnixSeconds(1'800'000'000);

TEST(DecisionTime, FollowsTheStreamWhileItIsAtMostTwoSecondsAhead) {
  EXPECT_EQ(DecisionTime(kOwn, 0), kOwn);
  EXPECT_EQ(DecisionTime(kOwn, ToMicros(kOwn - absl::Hours(1))), kOwn);
  EXPECT_EQ(DecisionTime(kOwn, ToMicros(kOwn + absl::Seconds(2))), kOwn + absl::Seconds(2));
}

TEST(DecisionTime, CountsTheOwnClockBeyondThat) {
  EXPECT_EQ(DecisionTime(kOwn, ToMicros(kOwn + absl::Seconds(2) + absl::Microseconds(1))), kOwn);
}

}  // namespace
}  // namespace redress
