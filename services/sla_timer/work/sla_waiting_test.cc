// The service over virtual time: pauses, ends, new cycles, restarts, policies that come late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/time.h"
#include "libs/clocks/clock_reading.h"
#include "libs/metrics/domain_metrics.h"
#include "libs/policy/manifest.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/ownership.pb.h"
#include "services/sla_timer/testing/sla_world.h"

namespace redress::sla_timer {
namespace {

using event::v1::ClockBreached;
using event::v1::ClockSpec;
using event::v1::ClocksSet;
using event::v1::ClockWarned;
using event::v1::ComplaintEscalated;
using event::v1::Waiting;
using event::v1::WaitingEnded;
using event::v1::WaitingStarted;
using ::testing::HasSubstr;
using ::testing::Not;

class SlaWaiting : public ::testing::Test {
 protected:
  void Publish() { world_.Publish(DefaultPolicy()); }

  void Wait(const ComplaintId& complaint, absl::Time until = absl::InfinitePast()) {
    WaitingStarted started;
    started.mutable_waiting()->set_on(Waiting::ON_COMPLAINANT);
    started.mutable_waiting()->set_since_us(ToMicros(world_.now()));
    if (until != absl::InfinitePast()) started.mutable_waiting()->set_until_us(ToMicros(until));
    world_.Append(complaint, started);
  }
  absl::Time ReceivedAt(const ComplaintId& complaint) {
    return FromMicros(world_.StateOf(complaint).stage().received_at_us());
  }
  void Resolve(const ComplaintId& complaint) {
    world_.Append(complaint, event::v1::ComplaintResolved());
  }

  SlaWorld world_;
};

TEST_F(SlaWaiting, S2_S17_WaitingForTheComplainantStopsTheLevelClockUntilTheyAnswer) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunUntil(ReceivedAt(c) + absl::Hours(10));
  Wait(c);
  // Three days of silence are not held against the level.
  world_.RunUntil(ReceivedAt(c) + absl::Hours(82));
  EXPECT_THAT(world_.Story(c), Not(HasSubstr("ComplaintEscalated")));
  const absl::Time answered = world_.now();
  world_.Inbound(c, "answer by chat");
  const absl::Duration paused = answered - (ReceivedAt(c) + absl::Hours(10));
  const absl::Time at = ReceivedAt(c) + absl::Minutes(1152) + paused;
  world_.RunUntil(at - absl::Seconds(1));
  EXPECT_THAT(world_.Story(c), Not(HasSubstr("ComplaintEscalated")));
  world_.RunUntil(at + absl::Seconds(1));
  EXPECT_THAT(world_.Story(c), HasSubstr("ComplaintEscalated"));
}

TEST_F(SlaWaiting, WaitingEndsWhenItsTimeHasPassedAndTheClockRanFromThen) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Hours(1));
  const absl::Time until = world_.now() + absl::Hours(5);
  Wait(c, until);
  world_.RunUntil(until - absl::Seconds(1));
  EXPECT_TRUE(world_.Of<WaitingEnded>(c).empty());
  // The service is away when it ends, and comes back two hours later.
  world_.Crash();
  world_.RunUntil(until + absl::Hours(2));
  world_.Start();
  world_.RunFor(absl::Seconds(10));
  const auto ended = world_.Of<WaitingEnded>(c);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].cause(), WaitingEnded::UNTIL_PASSED);
  EXPECT_EQ(world_.StateOf(c).waiting().intervals(0).to_us(), ToMicros(until));
}

TEST_F(SlaWaiting, AnAnswerBeforeTheEndLeavesNothingToEnd) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Hours(1));
  Wait(c, world_.now() + absl::Hours(5));
  world_.RunFor(absl::Hours(1));
  world_.Inbound(c, "here it is");
  world_.RunFor(absl::Hours(6));
  EXPECT_TRUE(world_.Of<WaitingEnded>(c).empty());
}

TEST_F(SlaWaiting, F9_1_AnAnswerOfAPersonEndsTheFirstResponseClock) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Hours(2));
  world_.Outbound(c, "we look into it");
  const auto first = world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK).clock_id();
  world_.RunFor(absl::Hours(40));
  for (const auto& warned : world_.Of<ClockWarned>(c)) EXPECT_NE(warned.clock_id(), first);
  for (const auto& breached : world_.Of<ClockBreached>(c)) EXPECT_NE(breached.clock_id(), first);
}

TEST_F(SlaWaiting, ARestartInTheMiddleWarnsNobodyTwice) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  // Restart often: before, at and after each firing, with and without a flush in between.
  for (int hour = 0; hour < 130; ++hour) {
    world_.RunFor(absl::Hours(1));
    if (hour % 7 == 0) world_.Flush();
    if (hour % 3 == 0) {
      world_.Crash();
      world_.Start();
    }
  }
  world_.RunFor(absl::Seconds(10));
  std::set<std::string> fired;
  for (const auto& warned : world_.Of<ClockWarned>(c)) {
    EXPECT_TRUE(
        fired.insert(warned.clock_id() + std::to_string(warned.threshold_percent())).second);
  }
  for (const auto& breached : world_.Of<ClockBreached>(c))
    EXPECT_TRUE(fired.insert(breached.clock_id()).second);
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 3u);
  EXPECT_EQ(world_.Of<ClocksSet>(c).size(), 4u);
}

TEST_F(SlaWaiting, S12_ClosingStopsEverythingAndReopeningBeginsTheNextCycle) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Hours(2));
  Resolve(c);
  world_.RunFor(absl::Hours(1));
  world_.Append(c, event::v1::ComplaintClosed());
  const auto quiet = world_.History(c).size();
  world_.RunFor(absl::Hours(24 * 30));
  EXPECT_EQ(world_.History(c).size(), quiet);

  event::v1::ComplaintReopened reopened;
  reopened.set_cycle(2);
  world_.Append(c, reopened);
  world_.RunFor(absl::Seconds(1));
  const absl::Time again = FromMicros(world_.StateOf(c).stage().cycle_started_at_us());
  const auto sets = world_.Of<ClocksSet>(c);
  ASSERT_EQ(sets.size(), 2u);
  EXPECT_EQ(sets[1].cause(), ClocksSet::NEW_CYCLE);
  const auto level = world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION);
  EXPECT_EQ(level.cycle(), 2u);
  EXPECT_EQ(FromMicros(level.counts_from_us()), again);
  // The first response was promised once.
  EXPECT_FALSE(world_.HasClock(c, ClockSpec::FIRST_RESPONSE_CLOCK));
  world_.RunUntil(again + absl::Minutes(1152) + absl::Seconds(1));
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 1u);
  // Closed for the second time: quiet again.
  Resolve(c);
  world_.Append(c, event::v1::ComplaintClosed());
  world_.RunFor(absl::Seconds(5));
  const auto second_quiet = world_.History(c).size();
  world_.RunFor(absl::Hours(24 * 30));
  EXPECT_EQ(world_.History(c).size(), second_quiet);
}

TEST_F(SlaWaiting, APersonsEscalationAnswersTheTimeOfTheLevelLeft) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Hours(10));
  ComplaintEscalated escalated;
  escalated.set_from_level(1);
  escalated.set_to_level(2);
  escalated.set_owner_after(ComplaintEscalated::KEEP);
  world_.Append(c, escalated);
  // 80 % of level 1 would have been at 19.2 h; level 2 counts from 10 h.
  world_.RunFor(absl::Hours(38));
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 1u);
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 2u);
}

TEST_F(SlaWaiting, ComingBackToALevelBeginsItsTimeAnew) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Hours(10));
  ComplaintEscalated up;
  up.set_from_level(1);
  up.set_to_level(2);
  world_.Append(c, up);
  world_.RunFor(absl::Hours(1));
  event::v1::ComplaintDeescalated down;
  down.set_from_level(2);
  down.set_to_level(1);
  world_.Append(c, down);
  world_.RunFor(absl::Seconds(1));
  const auto state = world_.StateOf(c);
  const auto clock = world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION);
  EXPECT_EQ(clock.level(), 1u);
  EXPECT_EQ(clock.counts_from_us(), state.level().entered_at_us());
}

TEST_F(SlaWaiting, WorkThatNeedsAPolicyWaitsForItAndThenGoesOn) {
  const PolicyManifest manifest = MakeManifest(DefaultPolicy());
  world_.PinTo(manifest.hash);
  const auto c = world_.Receive("a", {.received_at = world_.now() - absl::Hours(20)});
  world_.Assess(c, 1);
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(world_.Story(c), "ComplaintReceived ComplaintAssessed");
  Publish();
  world_.RunFor(absl::Seconds(10));
  EXPECT_THAT(world_.Story(c), HasSubstr("ClocksSet"));
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 1u);
}

TEST_F(SlaWaiting, AClockWhoseCalendarIsNotFoldedYetWaitsForItAlsoOverARestart) {
  const PolicyManifest manifest = MakeManifest(DefaultPolicy());
  world_.PinTo(manifest.hash);
  const auto c = world_.Receive("a", {.received_at = world_.now() - absl::Hours(24 * 20)});
  // Another instance, which knew the policy, has set the clocks.
  ContentHash calendar;
  for (const auto& part : manifest.parts) {
    if (part.part == "calendar" && part.code == "cn") calendar = part.hash;
  }
  ASSERT_TRUE(calendar);
  ClocksSet set;
  set.set_set_id(std::string(16, 's'));
  auto* clock = set.add_clocks();
  clock->set_clock_id(std::string(16, 'c'));
  clock->set_kind(ClockSpec::RESOLUTION);
  clock->set_counts_from_us(ToMicros(ReceivedAt(c)));
  clock->set_target_ms(8 * 3'600'000);
  clock->set_calendar(calendar.ToBytes());
  clock->set_starts_on(ClockSpec::CYCLE);
  clock->set_generation(1);
  clock->set_cycle(1);
  world_.Append(c, set);
  world_.RunFor(absl::Seconds(5));
  world_.Flush();
  world_.Crash();
  world_.Start();
  world_.RunFor(absl::Minutes(1));
  EXPECT_TRUE(world_.Of<ClockBreached>(c).empty());
  EXPECT_EQ(world_.service().projector().work().rows(kTimer).size(), 1u);
  // Some part of the policy, then the calendar with the rest.
  Publish();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(world_.Of<ClockBreached>(c).size(), 1u);
  // No row is left behind, in memory or on disk.
  EXPECT_TRUE(world_.service().projector().work().rows(kTimer).empty());
  world_.Flush();
  int left = 0;
  const std::string unresolved(1, kUnresolvedTable);
  ASSERT_TRUE(world_.store()
                  .Scan(unresolved, AfterPrefix(unresolved), false,
                        [&](auto, auto) {
                          ++left;
                          return true;
                        })
                  .ok());
  EXPECT_EQ(left, 0);
}

TEST_F(SlaWaiting, S18_ABreachNamesWhoHeldItAtTheDueTime) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 4);
  event::v1::ComplaintAssigned assigned;
  assigned.set_team_id(std::string(16, 'T'));
  assigned.set_agent_id(std::string(16, 'A'));
  world_.Append(c, assigned);
  world_.RunFor(absl::Hours(18));
  // 75 % of the first-response clock later it changes hands.
  event::v1::ComplaintAssigned moved = assigned;
  moved.set_agent_id(std::string(16, 'B'));
  world_.Append(c, moved);
  world_.RunFor(absl::Hours(7));
  const auto first = world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK).clock_id();
  int seen = 0;
  for (const auto& breached : world_.Of<ClockBreached>(c)) {
    if (breached.clock_id() != first) continue;
    ++seen;
    EXPECT_EQ(breached.team_id(), std::string(16, 'T'));
    EXPECT_EQ(breached.agent_id(), std::string(16, 'B'));
  }
  EXPECT_EQ(seen, 1);
}

TEST_F(SlaWaiting, ALateAnswerIsABreachOnRecordButRaisesNobody) {
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Seconds(1));
  // The service is away while the level's time passes and the complaint is resolved.
  world_.Crash();
  world_.RunFor(absl::Hours(30));
  Resolve(c);
  world_.Start();
  world_.RunFor(absl::Seconds(10));
  const auto level = world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION).clock_id();
  int seen = 0;
  for (const auto& breached : world_.Of<ClockBreached>(c)) {
    seen += breached.clock_id() == level ? 1 : 0;
    EXPECT_EQ(breached.triggers_size(), 0);
  }
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(world_.Of<ComplaintEscalated>(c).empty());
}

TEST_F(SlaWaiting, EveryRecordTwiceAndLateChangesNothing) {
  SimulatedFaults faults;
  faults.duplicate = 1000;
  faults.unknown_persisted = 300;
  faults.max_append_delay = absl::Milliseconds(5);
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.bus().set_faults(faults);
  world_.RunFor(absl::Hours(70));
  world_.bus().set_faults({});
  world_.RunFor(absl::Hours(60));
  EXPECT_GT(world_.Voids(c), 5);
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 3u);
  EXPECT_EQ(world_.Of<ClocksSet>(c).size(), 4u);
  std::set<std::string> fired;
  for (const auto& warned : world_.Of<ClockWarned>(c)) {
    EXPECT_TRUE(
        fired.insert(warned.clock_id() + std::to_string(warned.threshold_percent())).second);
  }
  EXPECT_EQ(world_.service().counters().duplicate_with_row, 0u);
}

TEST_F(SlaWaiting, MetricsCountVerdictsEscalationsAndRunningClocks) {
  Metrics registry;
  const SlaTimerMetrics metrics(registry);
  world_.projection().SetMetrics(metrics, [](Partition) { return true; });
  Publish();
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Hours(7));
  world_.projection().PublishRunningClocks();
  EXPECT_EQ(metrics.clocks_running.With({"level_resolution", "1"}).Value(), 1);
  EXPECT_EQ(metrics.clock_warnings.With({"level_response", "1"}).Value(), 1);
  Wait(c);
  world_.projection().PublishRunningClocks();
  EXPECT_EQ(metrics.clocks_running.With({"level_resolution", "1"}).Value(), 0);
  world_.Inbound(c, "answer");
  world_.RunFor(absl::Hours(14));
  world_.projection().PublishRunningClocks();
  EXPECT_EQ(metrics.escalations.With({"1", "2", "time_used"}).Value(), 1);
  EXPECT_EQ(metrics.clock_breaches.With({"level_response", "1"}).Value(), 1);
  EXPECT_EQ(metrics.clocks_running.With({"level_resolution", "1"}).Value(), 0);
  EXPECT_EQ(metrics.clocks_running.With({"level_resolution", "2"}).Value(), 1);
}

}  // namespace
}  // namespace redress::sla_timer
