#include "libs/domain/clocks/clock_timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "libs/domain/clocks/clock_test_support.h"

namespace redress {
namespace {

using namespace clock_test;
using absl::Hours;
using absl::Milliseconds;
using absl::Minutes;
using testing::ElementsAre;

constexpr absl::Duration kTick = Milliseconds(1);
const absl::Time kNine = absl::FromUnixSeconds(1709542800);  // Monday 2024-03-04 09:00 UTC

ClockSpec LevelClock(uint32_t level, absl::Time from, absl::Duration target) {
  ClockSpec spec = NetClock(from, target);
  spec.set_kind(ClockSpec::LEVEL_RESOLUTION);
  spec.set_starts_on(ClockSpec::LEVEL_ENTERED);
  spec.set_level(level);
  spec.add_stops_on(ClockSpec::RESOLVED);
  spec.add_cancels_on(ClockSpec::LEVEL_LEFT);
  spec.add_pauses_on(ClockSpec::WAITING_COMPLAINANT);
  auto* threshold = spec.add_thresholds();
  threshold->set_percent(80);
  threshold->set_escalates(true);
  return spec;
}

TEST(ClockTimeline, F9_11_FiresAtTheNextMillisecondAfterEightyPercent) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  const ClockSpec spec = LevelClock(1, kNine, Hours(24));
  const auto firing = complaint.Next(spec, always);
  ASSERT_TRUE(firing.has_value());
  EXPECT_FALSE(firing->breach);
  EXPECT_TRUE(firing->escalates);
  EXPECT_EQ(firing->threshold_percent, 80u);
  EXPECT_EQ(firing->at, kNine + Hours(24) * 0.8 + kTick);
  EXPECT_EQ(firing->consumed_ms, 24 * 3'600'000 * 8 / 10 + 1);
  EXPECT_EQ(firing->due_at, kNine + Hours(24));
  EXPECT_EQ(firing->generation, 1u);
  // A share that is no whole millisecond: strictly more than 2.4 ms is 3 ms.
  EXPECT_EQ(complaint.Next(LevelClock(1, kNine, Milliseconds(3)), always)->at,
            kNine + Milliseconds(3));
}

TEST(ClockTimeline, F9_6_EightyPercentOfFiveWorkingDays) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(kNine);
  complaint.EnterLevel(4, kNine);
  const ClockSpec spec = LevelClock(4, kNine, *calendar.WorkingDays(5));
  // 80 % of 40 hours are 32: the end of the fourth day; strictly more is Friday's opening.
  EXPECT_EQ(complaint.Next(spec, calendar)->at, At("2024-03-08 09:00") + kTick);
  EXPECT_EQ(complaint.Trace(spec, calendar).due_at(), At("2024-03-08 17:00"));
}

TEST(ClockTimeline, A3_PausedTimeIsNotUsedAndANewLevelCountsAnew) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  const ClockSpec first = LevelClock(1, kNine, Hours(10));
  complaint.Wait(kNine + Hours(1), kNine + Hours(5));
  EXPECT_EQ(complaint.Next(first, always)->at, kNine + Hours(12) + kTick);
  complaint.EnterLevel(2, kNine + Hours(12));
  const auto left = complaint.Trace(first, always);
  EXPECT_EQ(left.PhaseAt(kNine + Hours(12)), ClockPhase::kCancelled);
  EXPECT_EQ(left.VerdictAt(kNine + Hours(99)), ClockVerdict::kNone);
  EXPECT_FALSE(complaint.Next(first, always).has_value());
  const ClockSpec second = LevelClock(2, kNine + Hours(12), Hours(20));
  EXPECT_EQ(*complaint.Trace(second, always).ConsumedMs(kNine + Hours(13)), 3'600'000);
  EXPECT_EQ(complaint.Next(second, always)->at, kNine + Hours(28) + kTick);
}

TEST(ClockTimeline, A4_ThreeClocksEndedByThreeThings) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  complaint.Outbound(kNine + Hours(2), {event::v1::FIRST_RESPONSE});
  const auto phase = [&](ClockSpec::Stop stop) {
    ClockSpec spec = NetClock(kNine, Hours(24));
    spec.set_starts_on(ClockSpec::RECEIVED);
    spec.add_stops_on(stop);
    return complaint.Trace(spec, always).PhaseAt(kNine + Hours(3));
  };
  EXPECT_EQ(phase(ClockSpec::FIRST_RESPONSE_GIVEN), ClockPhase::kStopped);
  EXPECT_EQ(phase(ClockSpec::OUTBOUND_REPLY), ClockPhase::kStopped);
  EXPECT_EQ(phase(ClockSpec::CAUSE_TOLD), ClockPhase::kRunning);
  EXPECT_EQ(phase(ClockSpec::ACKNOWLEDGED), ClockPhase::kRunning);
  EXPECT_EQ(phase(ClockSpec::FINAL_RESPONSE_GIVEN), ClockPhase::kRunning);
  EXPECT_EQ(phase(ClockSpec::RESOLVED), ClockPhase::kRunning);
  EXPECT_EQ(phase(ClockSpec::STEP_LEFT), ClockPhase::kRunning);
  EXPECT_EQ(phase(ClockSpec::REVIEW_DECIDED), ClockPhase::kRunning);
  EXPECT_EQ(phase(ClockSpec::ACCEPTED_OR_DECLINED), ClockPhase::kRunning);
  complaint.Outbound(kNine + Hours(3), {event::v1::CAUSE_FEEDBACK, event::v1::ACKNOWLEDGEMENT});
  EXPECT_EQ(phase(ClockSpec::CAUSE_TOLD), ClockPhase::kStopped);
  EXPECT_EQ(phase(ClockSpec::ACKNOWLEDGED), ClockPhase::kStopped);
}

TEST(ClockTimeline, F9_1_AnswerAtTheDueInstantIsInTimeOneLaterIsNot) {
  const auto always = CompiledCalendar::AlwaysOpen();
  ClockSpec spec = NetClock(kNine, Hours(24));
  spec.set_starts_on(ClockSpec::RECEIVED);
  spec.add_stops_on(ClockSpec::FIRST_RESPONSE_GIVEN);
  for (const auto& [late, verdict] : {std::pair(absl::ZeroDuration(), ClockVerdict::kMet),
                                      std::pair(Milliseconds(2), ClockVerdict::kBreached)}) {
    Complaint complaint(kNine);
    complaint.Outbound(kNine + Hours(24) + late, {event::v1::FIRST_RESPONSE});
    EXPECT_EQ(complaint.Trace(spec, always).VerdictAt(kNine + Hours(48)), verdict);
    // The breach that the timer was too slow to fire is still owed; no warning is.
    const auto firing = complaint.Next(spec, always);
    ASSERT_EQ(firing.has_value(), verdict == ClockVerdict::kBreached);
    EXPECT_TRUE(!firing.has_value() || (firing->breach && firing->at == kNine + Hours(24) + kTick));
  }
}

TEST(ClockTimeline, AStopFoldedLateCountsAtItsTime) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec spec = NetClock(kNine, Hours(4));
  spec.add_stops_on(ClockSpec::FIRST_RESPONSE_GIVEN);
  const absl::Time now = kNine + Hours(5);
  EXPECT_EQ(complaint.Trace(spec, always).VerdictAt(now), ClockVerdict::kBreached);
  complaint.Outbound(kNine + Hours(3), {event::v1::FIRST_RESPONSE});
  EXPECT_EQ(complaint.Trace(spec, always).VerdictAt(now), ClockVerdict::kMet);
  EXPECT_FALSE(complaint.Next(spec, always).has_value());
}

TEST(ClockTimeline, AFirstAnswerFromBeforeTheRecordCountsOnlyForClocksOfReceipt) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  complaint.Outbound(kNine - Minutes(5), {event::v1::FIRST_RESPONSE});
  ClockSpec spec = NetClock(kNine, Hours(4));
  spec.add_stops_on(ClockSpec::FIRST_RESPONSE_GIVEN);
  spec.set_starts_on(ClockSpec::RECEIVED);
  EXPECT_EQ(complaint.Trace(spec, always).ended_at(), kNine);
  spec.set_starts_on(ClockSpec::LEVEL_ENTERED);
  EXPECT_FALSE(complaint.Trace(spec, always).ended_at().has_value());
}

TEST(ClockTimeline, WarningAndBreachBothOverdueComeInDueOrderAndOnce) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec spec = LevelClock(1, kNine, Hours(10));
  AddThreshold(50, spec);
  const absl::Time now = kNine + Hours(40);
  std::vector<uint32_t> order;
  while (const auto firing = complaint.Next(spec, always)) {
    order.push_back(firing->threshold_percent);
    complaint.Fire(spec, *firing, now);
    ASSERT_LE(order.size(), 3u);
  }
  EXPECT_THAT(order, ElementsAre(50, 80, 0));
}

TEST(ClockTimeline, APauseAfterAWarningDoesNotWarnAgain) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  const ClockSpec spec = LevelClock(1, kNine, Hours(10));
  complaint.Fire(spec, *complaint.Next(spec, always), kNine + Hours(8) + kTick);
  complaint.Wait(kNine + Hours(9), kNine + Hours(29));
  const auto next = complaint.Next(spec, always);
  EXPECT_TRUE(next->breach);
  EXPECT_EQ(next->at, kNine + Hours(30) + kTick);
  EXPECT_EQ(next->generation, 3u);
}

TEST(ClockTimeline, AnExtensionWarnsAgainBeforeTheNewDueTimeButNeverBreachesTwice) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec spec = LevelClock(1, kNine, Hours(10));
  complaint.Fire(spec, *complaint.Next(spec, always), kNine + Hours(8) + kTick);
  ClockSpec extended = spec;
  extended.set_generation(complaint.Trace(spec, always).NextSpecGeneration());
  extended.set_target_ms(20 * 3'600'000);
  EXPECT_EQ(complaint.Next(extended, always)->at, kNine + Hours(16) + kTick);
  // A new rule that keeps or shortens the target warns of nothing that is known already.
  extended.set_target_ms(9 * 3'600'000);
  EXPECT_TRUE(complaint.Next(extended, always)->breach);
  complaint.Fire(extended, *complaint.Next(extended, always), kNine + Hours(10));
  extended.set_generation(extended.generation() + 1);
  extended.set_target_ms(9 * 3'600'000 + 1);
  EXPECT_FALSE(complaint.Next(extended, always).has_value());
}

TEST(ClockTimeline, AClockThatResetsWarnsAndBreachesInEachRound) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec spec = NetClock(absl::UnixEpoch(), Hours(10));
  spec.set_starts_on(ClockSpec::INBOUND_MESSAGE);
  spec.add_resets_on(ClockSpec::RESET_ON_INBOUND);
  AddThreshold(80, spec);
  complaint.Inbound(kNine);
  complaint.Fire(spec, *complaint.Next(spec, always), kNine + Hours(9));
  complaint.Fire(spec, *complaint.Next(spec, always), kNine + Hours(11));
  EXPECT_FALSE(complaint.Next(spec, always).has_value());
  // Written before the warning, folded after it: still a new round.
  complaint.Inbound(kNine + Hours(8));
  const auto warning = complaint.Next(spec, always);
  EXPECT_EQ(warning->threshold_percent, 80u);
  EXPECT_EQ(warning->at, kNine + Hours(16) + kTick);
  complaint.Fire(spec, *warning, warning->at);
  EXPECT_EQ(complaint.Next(spec, always)->at, kNine + Hours(18) + kTick);
}

TEST(ClockTimeline, AnUnknownTimeOfTheReplyAccusesNobody) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec spec = NetClock(absl::UnixEpoch(), Hours(4));
  spec.set_starts_on(ClockSpec::INBOUND_MESSAGE);
  spec.add_resets_on(ClockSpec::RESET_ON_INBOUND);
  spec.add_stops_on(ClockSpec::OUTBOUND_REPLY);
  complaint.Inbound(kNine);
  complaint.Outbound(kNine + Hours(1));
  complaint.Outbound(kNine + Hours(9));  // the state knows only this one now
  const auto clock = complaint.Trace(spec, always);
  EXPECT_EQ(clock.VerdictAt(kNine + Hours(10)), ClockVerdict::kMet);
  EXPECT_FALSE(complaint.Next(spec, always).has_value());
}

TEST(ClockTimeline, ClosingEndsEveryClockButReviewAndRegulator) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  complaint.Close(kNine + Hours(1));
  ClockSpec spec = NetClock(kNine, Hours(4));
  for (int kind = ClockSpec::ACKNOWLEDGEMENT_CLOCK; kind <= ClockSpec::IDLE; ++kind) {
    spec.set_kind(static_cast<ClockSpec::Kind>(kind));
    const bool lives = kind == ClockSpec::REVIEW_CLOCK || kind == ClockSpec::REGULATOR_RESPONSE;
    const auto clock = complaint.Trace(spec, always);
    EXPECT_EQ(clock.PhaseAt(kNine + Hours(2)),
              lives ? ClockPhase::kRunning : ClockPhase::kCancelled)
        << kind;
    EXPECT_EQ(complaint.Next(spec, always).has_value(), lives) << kind;
  }
}

TEST(ClockTimeline, MergedComplaintsStandStill) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec net = LevelClock(1, kNine, Hours(4));
  ClockSpec fixed = NetClock(kNine, absl::ZeroDuration());
  fixed.set_due_at_us(ToMicros(kNine + Hours(4)));
  complaint.Enter(StageState::MERGED, kNine + Hours(1));
  EXPECT_EQ(complaint.Trace(net, always).PhaseAt(kNine + Hours(9)), ClockPhase::kPaused);
  EXPECT_FALSE(complaint.Next(net, always).has_value());
  EXPECT_FALSE(complaint.Next(fixed, always).has_value());
}

TEST(ClockTimeline, OverlappingPausesCountOnceAndOtherPartiesDoNot) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec spec = NetClock(kNine, Hours(10));
  spec.add_pauses_on(ClockSpec::WAITING_COMPLAINANT);
  spec.add_pauses_on(ClockSpec::WAITING_SUPPLIER);
  complaint.Wait(kNine + Hours(1), kNine + Hours(4));
  complaint.Wait(kNine + Hours(2), kNine + Hours(6), Waiting::ON_SUPPLIER);
  complaint.Wait(kNine + Hours(7), kNine + Hours(9), Waiting::ON_THIRD_PARTY);
  const auto clock = complaint.Trace(spec, always);
  EXPECT_EQ(clock.due_at(), kNine + Hours(15));
  EXPECT_THAT(clock.running(), ElementsAre(ClockSpan{kNine, kNine + Hours(1)},
                                           ClockSpan{kNine + Hours(6), absl::InfiniteFuture()}));
}

TEST(ClockTimeline, WhatHappensAfterTheEndDoesNotMoveTheDueTimeItHad) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec spec = LevelClock(1, kNine, Hours(4));
  complaint.Resolve(kNine + Hours(2));
  complaint.Wait(kNine + Hours(3));
  const auto clock = complaint.Trace(spec, always);
  EXPECT_EQ(clock.due_at(), kNine + Hours(4));
  EXPECT_EQ(*clock.ConsumedMs(kNine + Hours(30)), 2 * 3'600'000);
  EXPECT_THAT(clock.running(), ElementsAre(ClockSpan{kNine, kNine + Hours(2)}));
}

TEST(ClockTimeline, GenerationNeverFallsWhateverIsToldLate) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  ClockSpec spec = LevelClock(1, kNine + Hours(10), Hours(4));
  uint32_t last = complaint.Trace(spec, always).generation();
  const auto rises = [&] {
    const uint32_t now = complaint.Trace(spec, always).generation();
    const bool risen = now > last;
    last = now;
    return risen;
  };
  complaint.Wait(kNine + Hours(5));
  EXPECT_TRUE(rises());
  complaint.EndWait(kNine + Hours(9));  // before the clock even began
  EXPECT_TRUE(rises());
}

TEST(ClockTimeline, RefusesSpecificationsThatMeanNothing) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  const auto code = [&](const ClockSpec& spec) {
    StateClockFacts facts(complaint.state());
    return ClockTimeline::Trace(spec, facts, always).status().code();
  };
  const ClockSpec good = LevelClock(1, kNine, Hours(4));
  EXPECT_EQ(code(good), absl::StatusCode::kOk);
  ClockSpec both = good;
  both.set_due_at_us(1);
  ClockSpec neither = good;
  neither.clear_target_ms();
  ClockSpec negative = good;
  negative.set_target_ms(-1);
  ClockSpec endless = good;
  endless.set_target_ms(int64_t{1} << 60);
  ClockSpec over = good;
  AddThreshold(101, over);
  ClockSpec zero = good;
  AddThreshold(0, zero);
  ClockSpec twice = good;
  AddThreshold(80, twice);
  for (const ClockSpec& bad : {both, neither, negative, endless, over, zero, twice}) {
    EXPECT_EQ(code(bad), absl::StatusCode::kInvalidArgument) << bad.ShortDebugString();
  }
}

// Which aspects a question reads.
class RecordingView {
 public:
  explicit RecordingView(const storage::v1::ComplaintState& state) : state_(state) {}
  const auto& stage() { return Read(event::v1::STAGE).stage(); }
  const auto& level() { return Read(event::v1::LEVEL).level(); }
  const auto& conversation() { return Read(event::v1::CONVERSATION).conversation(); }
  const auto& waiting() { return Read(event::v1::WAITING).waiting(); }
  const auto& ownership() { return Read(event::v1::OWNERSHIP).ownership(); }
  const auto& clocks() { return Read(event::v1::CLOCKS).clocks(); }
  void Touch(event::v1::Aspect aspect) { read.insert(aspect); }
  std::set<int> read;

 private:
  const storage::v1::ComplaintState& Read(event::v1::Aspect aspect) {
    Touch(aspect);
    return state_;
  }
  const storage::v1::ComplaintState& state_;
};

TEST(ClockTimeline, ReadsJustTheAspectsThatTheClockDependsOn) {
  const auto always = CompiledCalendar::AlwaysOpen();
  Complaint complaint(kNine);
  const auto reads = [&](const ClockSpec& spec) {
    RecordingView view(complaint.state());
    ViewClockFacts facts(view);
    EXPECT_TRUE(ClockTimeline::Trace(spec, facts, always).ok());
    return view.read;
  };
  using event::v1::CLOCKS, event::v1::CONVERSATION, event::v1::LEVEL, event::v1::OWNERSHIP,
      event::v1::PLAN, event::v1::RECORD, event::v1::REVIEW, event::v1::STAGE, event::v1::WAITING,
      event::v1::WORKFLOW;
  ClockSpec plain = NetClock(kNine, Hours(4));
  EXPECT_THAT(reads(plain), ElementsAre(STAGE, CLOCKS));
  EXPECT_THAT(reads(LevelClock(1, kNine, Hours(4))), ElementsAre(STAGE, LEVEL, CLOCKS, WAITING));
  const auto with_stop = [&](ClockSpec::Stop stop) {
    ClockSpec spec = plain;
    spec.add_stops_on(stop);
    return reads(spec);
  };
  EXPECT_THAT(with_stop(ClockSpec::FIRST_RESPONSE_GIVEN), ElementsAre(STAGE, CONVERSATION, CLOCKS));
  EXPECT_THAT(with_stop(ClockSpec::TEAM_LEFT), ElementsAre(STAGE, OWNERSHIP, CLOCKS));
  EXPECT_THAT(with_stop(ClockSpec::STEP_LEFT), ElementsAre(STAGE, CLOCKS, WORKFLOW));
  EXPECT_THAT(with_stop(ClockSpec::REVIEW_DECIDED), ElementsAre(STAGE, CLOCKS, REVIEW));
  EXPECT_THAT(with_stop(ClockSpec::ACCEPTED_OR_DECLINED), ElementsAre(STAGE, RECORD, CLOCKS));
  ClockSpec options = plain;
  options.add_pauses_on(ClockSpec::OPTIONS_OPEN);
  EXPECT_THAT(reads(options), ElementsAre(STAGE, CLOCKS, WAITING, PLAN));
  // Absolute: waiting is none of its business.
  ClockSpec fixed = options;
  fixed.clear_target_ms();
  fixed.set_due_at_us(ToMicros(kNine + Hours(1)));
  EXPECT_THAT(reads(fixed), ElementsAre(STAGE, CLOCKS));
}

}  // namespace
}  // namespace redress
