#include "services/sla_timer/api/sla_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "services/sla_timer/testing/sla_world.h"

namespace redress::sla_timer {
namespace {

using api::v1::ClockView;
using event::v1::ClockSpec;
using sla::v1::DueClock;

class SlaQueriesTest : public ::testing::Test {
 protected:
  SlaQueriesTest() : world_(At("2026-04-29 09:30")) { world_.Publish(DefaultPolicy()); }

  SlaQueries Queries() {
    world_.Flush();
    return SlaQueries(&world_.store(), &world_.directory(), world_.clock());
  }
  ClockView ViewOfKind(const std::string& complaint, ClockSpec::Kind kind) {
    sla::v1::ListClocksRequest request;
    request.set_complaint(complaint);
    const auto response = Queries().ListClocks(request);
    EXPECT_TRUE(response.ok()) << response.status();
    for (const auto& view : response->clocks()) {
      if (view.kind() == kind) return view;
    }
    ADD_FAILURE() << "no such clock";
    return {};
  }
  ComplaintId Assessed(std::string_view name, uint32_t level = 1) {
    const auto complaint = world_.Receive(name);
    world_.Assess(complaint, level);
    world_.RunFor(absl::Seconds(1));
    return complaint;
  }

  SlaWorld world_;
};

TEST_F(SlaQueriesTest, F9_16_ListsClocksWithDueTimeShareAndState) {
  const auto c = Assessed("a");
  world_.RunUntil(FromMicros(world_.StateOf(c).stage().received_at_us()) + absl::Hours(6));
  const ClockView level = ViewOfKind(c.ToHex(), ClockSpec::LEVEL_RESOLUTION);
  EXPECT_EQ(level.state(), ClockView::STATE_RUNNING);
  EXPECT_EQ(level.target().seconds(), 24 * 3600);
  EXPECT_EQ(level.consumed_percent(), 25u);
  EXPECT_EQ(level.due_at().seconds() - level.counts_from().seconds(), 24 * 3600);
  EXPECT_EQ(level.level(), 1u);
  EXPECT_EQ(ViewOfKind(c.ToHex(), ClockSpec::RESOLUTION).calendar(), "cn");
}

TEST_F(SlaQueriesTest, AWaitingClockHasNoDueTimeAndAMissedOneSaysSo) {
  const auto c = Assessed("a");
  event::v1::WaitingStarted started;
  started.mutable_waiting()->set_on(event::v1::Waiting::ON_COMPLAINANT);
  world_.Append(c, started);
  const ClockView level = ViewOfKind(c.ToHex(), ClockSpec::LEVEL_RESOLUTION);
  EXPECT_EQ(level.state(), ClockView::STATE_PAUSED);
  EXPECT_FALSE(level.has_due_at());
  world_.RunFor(absl::Hours(25));
  const ClockView response = ViewOfKind(c.ToHex(), ClockSpec::FIRST_RESPONSE_CLOCK);
  EXPECT_EQ(response.state(), ClockView::STATE_BREACHED);
  EXPECT_TRUE(response.breached());
  EXPECT_THAT(response.warned_percent(), ::testing::ElementsAre(50, 80));
}

TEST_F(SlaQueriesTest, DueSoonPagesThroughEveryClockOnceInOrder) {
  for (int i = 0; i < 6; ++i) {
    Assessed("c" + std::to_string(i));
    world_.RunFor(absl::Minutes(7));
  }
  sla::v1::ListDueSoonRequest request;
  request.mutable_within()->set_seconds(13 * 3600);
  request.set_page_size(5);
  std::vector<DueClock> all;
  std::set<std::string> seen;
  for (int page = 0; page < 20; ++page) {
    const auto response = Queries().ListDueSoon(request);
    ASSERT_TRUE(response.ok()) << response.status();
    for (const auto& clock : response->clocks()) {
      EXPECT_TRUE(seen.insert(clock.complaint_id() + clock.clock().id()).second);
      all.push_back(clock);
    }
    request.set_page_token(response->next_page_token());
    if (response->next_page_token().empty()) break;
  }
  // First response and level resolution at 50 %, level response at 80 %: three of each complaint.
  EXPECT_EQ(all.size(), 18u);
  for (size_t i = 1; i < all.size(); ++i)
    EXPECT_LE(all[i - 1].next_at().seconds(), all[i].next_at().seconds());
  EXPECT_EQ(all[0].next(), DueClock::WHAT_WARNING);
  EXPECT_EQ(all[0].clock().kind(), ClockSpec::LEVEL_RESPONSE);
}

TEST_F(SlaQueriesTest, DueSoonListsMissedTargetsFirstUntilTheyEnd) {
  const auto c = Assessed("a");
  event::v1::WaitingStarted started;
  started.mutable_waiting()->set_on(event::v1::Waiting::ON_COMPLAINANT);
  world_.Append(c, started);
  world_.RunFor(absl::Hours(30));
  sla::v1::ListDueSoonRequest request;
  request.set_include_breached(true);
  auto response = Queries().ListDueSoon(request);
  ASSERT_TRUE(response.ok()) << response.status();
  // Level response (8 h) and first response (24 h).
  ASSERT_GE(response->clocks_size(), 2);
  EXPECT_EQ(response->clocks(0).clock().kind(), ClockSpec::LEVEL_RESPONSE);
  EXPECT_TRUE(response->clocks(0).clock().breached());
  EXPECT_EQ(response->clocks(1).clock().kind(), ClockSpec::FIRST_RESPONSE_CLOCK);
  EXPECT_FALSE(response->clocks(0).has_next_at());
  world_.Outbound(c, "an answer at last");
  response = Queries().ListDueSoon(request);
  ASSERT_TRUE(response.ok());
  for (const auto& clock : response->clocks()) EXPECT_FALSE(clock.clock().breached());
}

TEST_F(SlaQueriesTest, DueSoonOfOtherTeamsIsLeftOut) {
  Assessed("a");
  sla::v1::ListDueSoonRequest request;
  request.add_teams("crisis");
  const auto response = Queries().ListDueSoon(request);
  ASSERT_TRUE(response.ok());
  EXPECT_TRUE(response->clocks().empty());
}

TEST_F(SlaQueriesTest, ExplainAddsUpToWhatWasConsumedAndNamesEachPause) {
  const auto c = Assessed("a", 4);
  world_.RunFor(absl::Hours(20));
  event::v1::WaitingStarted started;
  started.mutable_waiting()->set_on(event::v1::Waiting::ON_REGULATOR);
  world_.Append(c, started);
  world_.RunFor(absl::Hours(3));
  event::v1::WaitingEnded ended;
  ended.set_on(event::v1::Waiting::ON_REGULATOR);
  world_.Append(c, ended);
  // Over the holidays of May.
  world_.RunFor(absl::Hours(24 * 8));
  sla::v1::ExplainClockRequest request;
  request.set_complaint(c.ToHex());
  const auto clock = world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION);
  request.set_clock_id(EventId::FromBytesOrNone(clock.clock_id()).ToHex());
  const auto response = Queries().ExplainClock(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->clocks_size(), 1);
  int64_t counted_ms = 0;
  std::set<std::string> reasons;
  google::protobuf::Timestamp last = response->clocks(0).clock().counts_from();
  for (const auto& stretch : response->clocks(0).stretches()) {
    EXPECT_EQ(stretch.from().SerializeAsString(), last.SerializeAsString());
    last = stretch.until();
    counted_ms += stretch.counted().seconds() * 1000 + stretch.counted().nanos() / 1'000'000;
    reasons.insert(stretch.state() + " " + stretch.reason());
  }
  const auto& consumed = response->clocks(0).clock().consumed();
  EXPECT_NEAR(counted_ms, consumed.seconds() * 1000 + consumed.nanos() / 1'000'000, 5);
  EXPECT_TRUE(reasons.count("paused waiting_regulator"));
  EXPECT_TRUE(reasons.count("closed_hours night"));
  EXPECT_TRUE(reasons.count("running "));
  EXPECT_THAT(response->explained().rules_fired(),
              ::testing::Contains("sla.level_4.level_resolution"));
  std::map<std::string, std::string> inputs;
  for (const auto& input : response->explained().inputs()) inputs[input.name()] = input.value();
  EXPECT_EQ(inputs["level"], "4");
  EXPECT_EQ(inputs["cycle"], "1");
}

TEST_F(SlaQueriesTest, WrongRequestsNameTheField) {
  const auto queries = Queries();
  sla::v1::ListClocksRequest clocks;
  EXPECT_TRUE(absl::IsInvalidArgument(queries.ListClocks(clocks).status()));
  clocks.set_complaint("nonsense");
  EXPECT_TRUE(absl::IsInvalidArgument(queries.ListClocks(clocks).status()));
  clocks.set_complaint(std::string(32, '0'));
  EXPECT_TRUE(absl::IsNotFound(queries.ListClocks(clocks).status()));
  clocks.set_complaint(TrackingCodeOf(HashedId<ComplaintId>({"nobody"})));
  EXPECT_TRUE(absl::IsInvalidArgument(queries.ListClocks(clocks).status()));
  sla::v1::ListDueSoonRequest due;
  due.mutable_within()->set_seconds(31 * 24 * 3600);
  EXPECT_TRUE(absl::IsInvalidArgument(queries.ListDueSoon(due).status()));
  due.clear_within();
  due.set_page_size(501);
  EXPECT_TRUE(absl::IsInvalidArgument(queries.ListDueSoon(due).status()));
  due.set_page_size(0);
  due.set_page_token("?");
  EXPECT_TRUE(absl::IsInvalidArgument(queries.ListDueSoon(due).status()));
}

}  // namespace
}  // namespace redress::sla_timer
