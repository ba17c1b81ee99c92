// The regression pack for SLA engines (features.md): each is a bug that a shipped help desk had.
#include <gtest/gtest.h>

#include "libs/domain/clocks/clock_test_support.h"

namespace redress {
namespace {

using namespace clock_test;
using absl::Hours;
using absl::Milliseconds;
using absl::Minutes;

constexpr absl::Duration kTick = Milliseconds(1);

TEST(SlaRegression, S1_CreatedOnAHolidayOrAfterHoursCountsFromTheNextOpening) {
  CalendarRules rules = OfficeRules();
  rules.closed = {absl::CivilDay(2024, 3, 4)};
  const auto calendar = Compiled(rules);
  for (const char* received :
       {"2024-03-01 17:00", "2024-03-02 12:00", "2024-03-04 10:00", "2024-03-05 08:59"}) {
    Complaint complaint(At(received));
    const auto clock = complaint.Trace(NetClock(At(received), Hours(2)), calendar);
    EXPECT_EQ(clock.due_at(), At("2024-03-05 11:00")) << received;
    EXPECT_EQ(*clock.ConsumedMs(At("2024-03-05 09:00")), 0);
    EXPECT_EQ(*clock.ConsumedMs(At("2024-03-05 09:30")), 1'800'000);
  }
}

TEST(SlaRegression, S2_PauseOverAWeekendThenResume) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-08 09:00"));
  ClockSpec spec = NetClock(At("2024-03-08 09:00"), Hours(10));
  spec.add_pauses_on(ClockSpec::WAITING_COMPLAINANT);
  complaint.Wait(At("2024-03-08 15:00"));
  const auto paused = complaint.Trace(spec, calendar);
  EXPECT_EQ(paused.PhaseAt(At("2024-03-10 12:00")), ClockPhase::kPaused);
  EXPECT_FALSE(paused.due_at().has_value());
  EXPECT_EQ(*paused.ConsumedMs(At("2024-03-10 12:00")), 6 * 3'600'000);
  complaint.EndWait(At("2024-03-11 11:00"));
  const auto resumed = complaint.Trace(spec, calendar);
  EXPECT_EQ(resumed.PhaseAt(At("2024-03-11 12:00")), ClockPhase::kRunning);
  EXPECT_EQ(resumed.due_at(), At("2024-03-11 15:00"));
  EXPECT_EQ(*resumed.ConsumedMs(At("2024-03-11 12:00")), 7 * 3'600'000);
  EXPECT_GT(resumed.generation(), paused.generation());
}

TEST(SlaRegression, S3_PriorityRaisedWhilePausedKeepsWhatWasUsed) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec spec = NetClock(At("2024-03-04 09:00"), Hours(16));
  spec.add_pauses_on(ClockSpec::WAITING_COMPLAINANT);
  complaint.Wait(At("2024-03-04 12:00"));
  const auto before = complaint.Trace(spec, calendar);
  spec.set_target_ms(4 * 3'600'000);
  spec.set_generation(before.NextSpecGeneration());
  const auto paused = complaint.Trace(spec, calendar);
  EXPECT_FALSE(paused.due_at().has_value());
  EXPECT_EQ(*paused.ConsumedMs(At("2024-03-05 09:00")), 3 * 3'600'000);
  EXPECT_GT(paused.generation(), before.generation());
  EXPECT_FALSE(complaint.Next(spec, calendar).has_value());
  complaint.EndWait(At("2024-03-05 10:00"));
  EXPECT_EQ(complaint.Trace(spec, calendar).due_at(), At("2024-03-05 11:00"));
}

TEST(SlaRegression, S4_PolicyChangedAfterAPauseStillCountsTheOldPause) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec spec = NetClock(At("2024-03-04 09:00"), Hours(4));
  spec.add_pauses_on(ClockSpec::WAITING_COMPLAINANT);
  complaint.Wait(At("2024-03-04 10:00"), At("2024-03-04 12:00"));
  ASSERT_EQ(complaint.Trace(spec, calendar).due_at(), At("2024-03-04 15:00"));
  spec.set_target_ms(5 * 3'600'000);
  EXPECT_EQ(complaint.Trace(spec, calendar).due_at(), At("2024-03-04 16:00"));
}

TEST(SlaRegression, S5_WarningNeverFallsBeforeTheOpening) {
  const auto calendar = Compiled(OfficeRules());
  // 80 % of 10 hours is just Monday's closing time: strictly more is Tuesday's opening, not
  // midnight.
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec spec = NetClock(At("2024-03-04 09:00"), Hours(10));
  AddThreshold(80, spec);
  EXPECT_EQ(complaint.Next(spec, calendar)->at, At("2024-03-05 09:00") + kTick);
  // The point of warning may well lie on the day before the due time.
  spec.set_target_ms(9 * 3'600'000);
  EXPECT_EQ(complaint.Trace(spec, calendar).due_at(), At("2024-03-05 10:00"));
  EXPECT_EQ(complaint.Next(spec, calendar)->at, At("2024-03-04 16:12") + kTick);
  // Whatever the target, a warning lies in working time.
  for (int minutes = 1; minutes < 3000; minutes += 7) {
    spec.set_target_ms(minutes * 60'000);
    const absl::Time at = complaint.Next(spec, calendar)->at;
    EXPECT_EQ(*calendar.NextWorkingInstant(at - kTick / 2), at - kTick / 2) << minutes;
  }
}

TEST(SlaRegression, S6_LunchBreakInsideTheTarget) {
  const auto calendar =
      Compiled(WeekRules("Asia/Shanghai", {0, 1, 2, 3, 4}, {{540, 720}, {810, 1080}}));
  Complaint complaint(At("2024-03-04 11:00", "Asia/Shanghai"));
  const auto clock =
      complaint.Trace(NetClock(At("2024-03-04 11:00", "Asia/Shanghai"), Hours(2)), calendar);
  EXPECT_EQ(clock.due_at(), At("2024-03-04 14:30", "Asia/Shanghai"));
  EXPECT_EQ(*clock.ConsumedMs(At("2024-03-04 13:00", "Asia/Shanghai")), 3'600'000);
}

TEST(SlaRegression, S7_OnlyTuesdayIsAWorkingDay) {
  const auto calendar = Compiled(WeekRules("UTC", {1}, {{540, 1020}}));
  Complaint complaint(At("2024-03-06 09:00"));
  EXPECT_EQ(complaint.Trace(NetClock(At("2024-03-06 09:00"), Hours(20)), calendar).due_at(),
            At("2024-03-26 13:00"));
}

TEST(SlaRegression, S8_DaylightSavingChangeInsideTheInterval) {
  const auto always = CompiledCalendar::AlwaysOpen();
  for (const auto& [zone, saturday, shift] :
       {std::tuple("Europe/London", "2024-03-30", 1), std::tuple("Europe/London", "2024-10-26", -1),
        std::tuple("America/New_York", "2024-03-09", 1),
        std::tuple("America/New_York", "2024-11-02", -1),
        std::tuple("Asia/Shanghai", "2024-03-30", 0)}) {
    const absl::Time start = At(std::string(saturday) + " 12:00", zone);
    Complaint complaint(start);
    // 24 hours are 24 hours: on the wall clock the due time moves.
    EXPECT_EQ(complaint.Trace(NetClock(start, Hours(24)), always).due_at(), start + Hours(24));
    // 24 hours of a wall-clock calendar that is open from 00:00 to 24:00 are the same.
    const auto whole = Compiled(WeekRules(zone, {0, 1, 2, 3, 4, 5, 6}, {{0, 1440}}));
    EXPECT_EQ(complaint.Trace(NetClock(start, Hours(24)), whole).due_at(), start + Hours(24));
    // Office hours stay where people see them: one day after noon on the wall clock.
    const auto daily = Compiled(WeekRules(zone, {0, 1, 2, 3, 4, 5, 6}, {{540, 1020}}));
    EXPECT_EQ(complaint.Trace(NetClock(start, Hours(8)), daily).due_at(), start + Hours(24 - shift))
        << zone;
  }
}

TEST(SlaRegression, S9_MakeUpWorkingSaturday) {
  CalendarRules rules = OfficeRules("Asia/Shanghai");
  rules.closed = {absl::CivilDay(2024, 9, 16), absl::CivilDay(2024, 9, 17)};
  rules.extra = {{absl::CivilDay(2024, 9, 14), {}}};
  const auto calendar = Compiled(rules);
  Complaint complaint(At("2024-09-13 13:00", "Asia/Shanghai"));
  const auto due = [&](int hours) {
    return complaint
        .Trace(NetClock(At("2024-09-13 13:00", "Asia/Shanghai"), Hours(hours)), calendar)
        .due_at();
  };
  EXPECT_EQ(due(8), At("2024-09-14 13:00", "Asia/Shanghai"));
  EXPECT_EQ(due(13), At("2024-09-18 10:00", "Asia/Shanghai"));
}

TEST(SlaRegression, S10_AnswerByAnotherChannelRestartsNextResponse) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec spec = NetClock(absl::UnixEpoch(), Hours(4));
  spec.set_kind(ClockSpec::NEXT_RESPONSE);
  spec.set_starts_on(ClockSpec::INBOUND_MESSAGE);
  spec.add_resets_on(ClockSpec::RESET_ON_INBOUND);
  spec.add_stops_on(ClockSpec::OUTBOUND_REPLY);
  EXPECT_EQ(complaint.Trace(spec, calendar).PhaseAt(At("2024-03-04 10:00")),
            ClockPhase::kNotStarted);
  EXPECT_FALSE(complaint.Next(spec, calendar).has_value());
  complaint.Inbound(At("2024-03-04 09:00"));  // mail
  const auto first = complaint.Trace(spec, calendar);
  EXPECT_EQ(first.due_at(), At("2024-03-04 13:00"));
  complaint.Outbound(At("2024-03-04 11:00"));
  const auto answered = complaint.Trace(spec, calendar);
  EXPECT_EQ(answered.PhaseAt(At("2024-03-04 12:00")), ClockPhase::kStopped);
  EXPECT_EQ(answered.VerdictAt(At("2024-03-04 12:00")), ClockVerdict::kMet);
  complaint.Inbound(At("2024-03-04 14:00"));  // chat
  const auto again = complaint.Trace(spec, calendar);
  EXPECT_EQ(again.PhaseAt(At("2024-03-04 15:00")), ClockPhase::kRunning);
  EXPECT_EQ(again.due_at(), At("2024-03-05 10:00"));
  EXPECT_GT(again.generation(), first.generation());
}

TEST(SlaRegression, S11_UpdateClockShorterThanFirstResponseIsIndependent) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec first = NetClock(At("2024-03-04 09:00"), Hours(6));
  first.add_stops_on(ClockSpec::FIRST_RESPONSE_GIVEN);
  ClockSpec update = NetClock(At("2024-03-04 09:00"), Hours(2));
  update.add_resets_on(ClockSpec::RESET_ON_TOLD);
  EXPECT_EQ(complaint.Next(update, calendar)->at, At("2024-03-04 11:00") + kTick);
  EXPECT_EQ(complaint.Next(first, calendar)->at, At("2024-03-04 15:00") + kTick);
  // An update is not a first response: one starts again, the other runs on.
  complaint.Outbound(At("2024-03-04 10:00"), {event::v1::PROGRESS_UPDATE});
  EXPECT_EQ(complaint.Next(update, calendar)->at, At("2024-03-04 12:00") + kTick);
  EXPECT_EQ(complaint.Next(first, calendar)->at, At("2024-03-04 15:00") + kTick);
}

TEST(SlaRegression, S12_ReopenedAfterCloseAndClosedAgain) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec first = NetClock(At("2024-03-04 09:00"), Hours(8));
  first.add_stops_on(ClockSpec::RESOLVED);
  complaint.Resolve(At("2024-03-04 11:00"));
  complaint.Close(At("2024-03-04 12:00"));
  EXPECT_EQ(complaint.Trace(first, calendar).ended_at(), At("2024-03-04 11:00"));
  complaint.Reopen(At("2024-03-06 09:00"));
  // The promise of the first cycle does not come alive again, however late it is by now.
  const auto old = complaint.Trace(first, calendar);
  EXPECT_EQ(old.PhaseAt(At("2024-03-07 09:00")), ClockPhase::kStopped);
  EXPECT_EQ(old.VerdictAt(At("2024-03-07 09:00")), ClockVerdict::kMet);
  EXPECT_FALSE(complaint.Next(first, calendar).has_value());
  // The second cycle has a promise of its own, with an end of its own.
  ClockSpec second = NetClock(At("2024-03-06 09:00"), Hours(8));
  second.set_cycle(2);
  second.add_stops_on(ClockSpec::RESOLVED);
  EXPECT_EQ(complaint.Trace(second, calendar).PhaseAt(At("2024-03-06 10:00")),
            ClockPhase::kRunning);
  complaint.Resolve(At("2024-03-06 16:00"));
  complaint.Close(At("2024-03-06 16:30"));
  const auto closed = complaint.Trace(second, calendar);
  EXPECT_EQ(closed.ended_at(), At("2024-03-06 16:00"));
  EXPECT_EQ(closed.VerdictAt(At("2024-03-08 16:30")), ClockVerdict::kMet);
}

TEST(SlaRegression, S13_ManualDeadlineIsNotMovedByAPause) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec spec = NetClock(At("2024-03-04 09:00"), absl::ZeroDuration());
  spec.set_due_at_us(ToMicros(At("2024-03-06 09:00")));
  spec.add_pauses_on(ClockSpec::WAITING_COMPLAINANT);
  AddThreshold(50, spec);
  complaint.Wait(At("2024-03-04 12:00"));
  const auto clock = complaint.Trace(spec, calendar);
  EXPECT_EQ(clock.due_at(), At("2024-03-06 09:00"));
  EXPECT_EQ(clock.PhaseAt(At("2024-03-05 12:00")), ClockPhase::kRunning);
  EXPECT_EQ(clock.generation(), 1u);
  EXPECT_EQ(clock.target_ms(), 16 * 3'600'000);
  const auto warning = complaint.Next(spec, calendar);
  EXPECT_EQ(warning->at, At("2024-03-05 09:00") + kTick);
  complaint.Fire(spec, *warning, warning->at);
  EXPECT_EQ(complaint.Next(spec, calendar)->at, At("2024-03-06 09:00") + kTick);
}

TEST(SlaRegression, S14_CalendarEditedWhileTheClockRuns) {
  CalendarRules rules = OfficeRules();
  const auto old_calendar = Compiled(rules);
  rules.closed = {absl::CivilDay(2024, 3, 5)};
  const auto new_calendar = Compiled(rules);
  Complaint complaint(At("2024-03-04 15:00"));
  ClockSpec spec = NetClock(At("2024-03-04 15:00"), Hours(4));
  const auto before = complaint.Trace(spec, old_calendar);
  EXPECT_EQ(before.due_at(), At("2024-03-05 11:00"));
  spec.set_generation(before.NextSpecGeneration());
  const auto after = complaint.Trace(spec, new_calendar);
  EXPECT_EQ(after.due_at(), At("2024-03-06 11:00"));
  EXPECT_GT(after.generation(), before.generation());
}

TEST(SlaRegression, S15_BreachThenLaterPolicyMakesItNoneBothAreKnown) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec spec = NetClock(At("2024-03-04 09:00"), Hours(2));
  spec.add_stops_on(ClockSpec::RESOLVED);
  const auto breach = complaint.Next(spec, calendar);
  ASSERT_TRUE(breach->breach);
  complaint.Fire(spec, *breach, At("2024-03-04 11:01"));
  EXPECT_EQ(complaint.Trace(spec, calendar).VerdictAt(At("2024-03-04 11:01")),
            ClockVerdict::kBreached);
  spec.set_generation(2);
  spec.set_target_ms(6 * 3'600'000);
  complaint.Resolve(At("2024-03-04 13:00"));
  const auto clock = complaint.Trace(spec, calendar);
  EXPECT_EQ(clock.VerdictAt(At("2024-03-04 13:00")), ClockVerdict::kMet);
  EXPECT_TRUE(clock.breach_recorded());
}

TEST(SlaRegression, S16_CalendarWithoutWorkingTimeIsRefusedAndNeverLooped) {
  CalendarRules rules = OfficeRules();
  for (auto& day : rules.weekly) day.clear();
  EXPECT_EQ(CompiledCalendar::Compile(rules, 2023, 2026).status().code(),
            absl::StatusCode::kInvalidArgument);
  // Working time that ends one day: an answer, not a search.
  rules.extra = {{absl::CivilDay(2024, 3, 4), {{540, 600}}}};
  const auto calendar = Compiled(rules);
  Complaint complaint(At("2024-03-04 09:00"));
  StateClockFacts facts(complaint.state());
  EXPECT_EQ(ClockTimeline::Trace(NetClock(At("2024-03-04 09:00"), Hours(2)), facts, calendar)
                .status()
                .code(),
            absl::StatusCode::kOutOfRange);
}

TEST(SlaRegression, S17_CustomerNeverAnswersIsNoBreach) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  ClockSpec spec = NetClock(At("2024-03-04 09:00"), Hours(8));
  spec.add_pauses_on(ClockSpec::WAITING_COMPLAINANT);
  AddThreshold(80, spec);
  // Waiting from just the due time on: nothing is missed either.
  for (const char* since : {"2024-03-04 10:00", "2024-03-04 15:24", "2024-03-04 17:00"}) {
    Complaint waiting = complaint;
    waiting.Wait(At(since));
    const auto warning = waiting.Next(spec, calendar);
    if (warning.has_value()) {
      EXPECT_FALSE(warning->breach) << since;
      waiting.Fire(spec, *warning, warning->at);
      EXPECT_FALSE(waiting.Next(spec, calendar).has_value()) << since;
    }
    EXPECT_EQ(waiting.Trace(spec, calendar).VerdictAt(At("2025-03-04 09:00")), ClockVerdict::kOpen)
        << since;
  }
}

TEST(SlaRegression, S18_OwnershipMovesAtThreeQuartersOfTheClock) {
  const auto calendar = Compiled(OfficeRules());
  Complaint complaint(At("2024-03-04 09:00"));
  complaint.state().mutable_ownership()->set_team_since_us(ToMicros(At("2024-03-04 09:00")));
  ClockSpec link = NetClock(At("2024-03-04 09:00"), Hours(8));
  link.set_kind(ClockSpec::LINK);
  link.add_stops_on(ClockSpec::TEAM_LEFT);
  ClockSpec resolution = NetClock(At("2024-03-04 09:00"), Hours(8));
  resolution.add_stops_on(ClockSpec::RESOLVED);
  complaint.state().mutable_ownership()->set_team_since_us(ToMicros(At("2024-03-04 15:00")));
  // The first team's link ends, kept, with its 75 %; the complaint's own clock does not start
  // again.
  const auto left = complaint.Trace(link, calendar);
  EXPECT_EQ(left.VerdictAt(At("2024-03-05 09:00")), ClockVerdict::kMet);
  EXPECT_EQ(*left.ConsumedMs(At("2024-03-05 09:00")), 6 * 3'600'000);
  EXPECT_EQ(complaint.Trace(resolution, calendar).due_at(), At("2024-03-04 17:00"));
  link.set_counts_from_us(ToMicros(At("2024-03-04 15:00")));
  EXPECT_EQ(complaint.Trace(link, calendar).due_at(), At("2024-03-05 15:00"));
}

}  // namespace
}  // namespace redress
