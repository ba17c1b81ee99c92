// The service over virtual time and the default policy: clocks set, warned, broken, and the
// four-level ladder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/clocks/clock_reading.h"
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
using event::v1::EscalationDeclined;
using event::v1::Trigger;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kHourMs = 3'600'000;

class SlaLadder : public ::testing::Test {
 protected:
  SlaLadder() { world_.Publish(DefaultPolicy()); }

  // When the n-th event of a type was recorded.
  template <typename P>
  absl::Time RecordedAt(const ComplaintId& complaint, size_t n) {
    for (const auto& entry : world_.History(complaint)) {
      if (entry.event.type() == PayloadOf<P>().number && n-- == 0) return entry.recorded_at;
    }
    ADD_FAILURE() << "there is no such event";
    return absl::InfinitePast();
  }

  // What the clocks of one kind fired: percent, 0 for a breach.
  std::vector<uint32_t> Fired(const ComplaintId& complaint, const ClockSpec& clock) {
    std::vector<uint32_t> fired;
    for (const auto& entry : world_.History(complaint)) {
      ClockWarned warned;
      ClockBreached breached;
      const uint32_t type = entry.event.type();
      if (type == PayloadOf<ClockWarned>().number &&
          warned.ParseFromString(entry.event.payload()) && warned.clock_id() == clock.clock_id()) {
        fired.push_back(warned.threshold_percent());
      }
      if (type == PayloadOf<ClockBreached>().number &&
          breached.ParseFromString(entry.event.payload()) &&
          breached.clock_id() == clock.clock_id()) {
        fired.push_back(0);
      }
    }
    return fired;
  }

  SlaWorld world_;
};

TEST_F(SlaLadder, F9_1_ClocksAreSetOnceRightAfterTheAssessment) {
  const auto c = world_.Receive("a");
  world_.RunFor(absl::Seconds(2));
  world_.Assess(c, 1);
  world_.RunFor(absl::Minutes(5));
  EXPECT_EQ(world_.Story(c), "ComplaintReceived ComplaintAssessed ClocksSet");
  EXPECT_EQ(world_.Voids(c), 0);
  const auto set = world_.Of<ClocksSet>(c).front();
  EXPECT_EQ(set.cause(), ClocksSet::INITIAL);
  const auto state = world_.StateOf(c);
  EXPECT_EQ(world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK).target_ms(), 24 * kHourMs);
  EXPECT_EQ(world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK).counts_from_us(),
            state.stage().received_at_us());
  EXPECT_EQ(world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION).counts_from_us(),
            state.stage().received_at_us());
  EXPECT_EQ(world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION).level(), 1u);
}

TEST_F(SlaLadder, F9_1_AComplaintNotAssessedInTenSecondsHasItsFirstResponseClock) {
  const auto c = world_.Receive("a");
  world_.RunFor(absl::Milliseconds(9900));
  EXPECT_EQ(world_.Story(c), "ComplaintReceived");
  world_.RunFor(absl::Milliseconds(200));
  EXPECT_EQ(world_.Story(c), "ComplaintReceived ClocksSet");
  EXPECT_TRUE(world_.HasClock(c, ClockSpec::FIRST_RESPONSE_CLOCK));
  EXPECT_FALSE(world_.HasClock(c, ClockSpec::LEVEL_RESOLUTION));
  const auto before = world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK);
  world_.Assess(c, 1);
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(world_.Story(c), "ComplaintReceived ClocksSet ComplaintAssessed ClocksSet");
  EXPECT_EQ(world_.Of<ClocksSet>(c).back().cause(), ClocksSet::FACTS_CHANGED);
  // The promise is the same one: nothing about it changes (stable ids, generations).
  EXPECT_EQ(world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK).SerializeAsString(),
            before.SerializeAsString());
  EXPECT_TRUE(world_.HasClock(c, ClockSpec::LEVEL_RESOLUTION));
}

TEST_F(SlaLadder, F9_8_A4_ResponseLevelAndCauseAreThreeSeparateClocks) {
  const auto c = world_.Receive("a");
  world_.Append(c, world_.Assessed(1, "product/quality_defect/broke_early"));
  world_.RunFor(absl::Seconds(1));
  const auto response = world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK);
  const auto level = world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION);
  const auto cause = world_.ClockOf(c, ClockSpec::CAUSE_FEEDBACK_CLOCK);
  EXPECT_EQ(response.target_ms(), 24 * kHourMs);
  EXPECT_EQ(level.target_ms(), 24 * kHourMs);
  EXPECT_EQ(cause.target_ms(), 24 * kHourMs);
  EXPECT_NE(response.clock_id(), level.clock_id());
  EXPECT_NE(level.clock_id(), cause.clock_id());
}

TEST_F(SlaLadder, F9_9_TargetsDifferByUrgencyAndFollowIt) {
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Seconds(1));
  event::v1::AssessmentCorrected corrected;
  corrected.set_assessment_id(std::string(16, 'b'));
  auto* correction = corrected.add_corrections();
  correction->set_field("urgency");
  correction->set_new_value("5");
  world_.Append(c, corrected);
  world_.RunFor(absl::Seconds(1));
  const auto sets = world_.Of<ClocksSet>(c);
  ASSERT_EQ(sets.size(), 2u);
  EXPECT_EQ(sets[1].cause(), ClocksSet::FACTS_CHANGED);
  EXPECT_EQ(sets[1].replaces(), sets[0].set_id());
  const auto first = world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK);
  EXPECT_EQ(first.target_ms(), 8 * kHourMs);
  EXPECT_EQ(first.rule(), "pressing");
  EXPECT_EQ(first.generation(), 2u);
  // Only that clock's due time moved, and the event says from when to when.
  ASSERT_EQ(sets[1].changes_size(), 1);
  EXPECT_EQ(sets[1].changes(0).clock_id(), first.clock_id());
  EXPECT_EQ(sets[1].changes(0).old_due_us() - sets[1].changes(0).new_due_us(), 16 * kHourMs * 1000);
}

TEST_F(SlaLadder, AFactThatNoRuleLooksAtSetsNoClocks) {
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Seconds(1));
  event::v1::FormFieldsSet fields;
  fields.add_fields()->set_field_id("order_number");
  world_.Append(c, fields);
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(world_.Of<ClocksSet>(c).size(), 1u);
}

TEST_F(SlaLadder, F9_11_F10_9_EscalatesAtTheFirstMillisecondBeyondEightyPercent) {
  const auto c = world_.Receive("a");
  const absl::Time received = FromMicros(world_.StateOf(c).stage().received_at_us());
  world_.Assess(c, 1);
  const absl::Time at = received + absl::Minutes(24 * 60 * 8 / 10) + absl::Milliseconds(1);
  world_.RunUntil(at - absl::Microseconds(1));
  EXPECT_THAT(world_.Story(c), Not(HasSubstr("ComplaintEscalated")));
  const auto level = world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION);
  EXPECT_THAT(Fired(c, level), ElementsAre(50));
  world_.RunUntil(at + absl::Milliseconds(100));
  const auto escalations = world_.Of<ComplaintEscalated>(c);
  ASSERT_EQ(escalations.size(), 1u);
  EXPECT_EQ(escalations[0].from_level(), 1u);
  EXPECT_EQ(escalations[0].to_level(), 2u);
  EXPECT_THAT(escalations[0].because(), ElementsAre(Trigger::TIME_USED));
  EXPECT_EQ(escalations[0].owner_after(), ComplaintEscalated::CLEAR);
  EXPECT_THAT(escalations[0].view_scope(), ElementsAre("contact", "messages", "order", "product"));
  EXPECT_THAT(escalations[0].explained().rules_fired(), ElementsAre("escalation.time_used"));
  EXPECT_TRUE(world_.StateOf(c).triggers().open().empty());
  // The warning that said so is not early, and names the due time.
  const auto warned = world_.Of<ClockWarned>(c).back();
  EXPECT_GE(FromMicros(warned.fired_at_us()), at);
  EXPECT_EQ(FromMicros(warned.due_at_us()), received + absl::Hours(24));
  ASSERT_EQ(warned.triggers_size(), 1);
  EXPECT_EQ(warned.triggers(0).value(), 80);
  EXPECT_EQ(warned.triggers(0).threshold(), 80);
}

// F9.3-F9.6, A2, A3: 24 h, 48 h, 72 h round the clock, each from its own entry; 5 working days at
// level 4.
TEST_F(SlaLadder, F9_3_to_F9_6_EachLevelHasItsOwnTimeFromItsEntry) {
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Seconds(1));
  const int64_t hours[] = {24, 48, 72};
  absl::Time entered = FromMicros(world_.StateOf(c).stage().received_at_us());
  for (int i = 0; i < 3; ++i) {
    SCOPED_TRACE(i);
    const auto clock = world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION);
    EXPECT_EQ(clock.level(), static_cast<uint32_t>(i + 1));
    EXPECT_EQ(clock.target_ms(), hours[i] * kHourMs);
    EXPECT_TRUE(clock.calendar().empty());
    EXPECT_EQ(FromMicros(clock.counts_from_us()), entered);
    const absl::Time due = entered + absl::Minutes(hours[i] * 48) + absl::Milliseconds(1);
    world_.RunUntil(due - absl::Milliseconds(1));
    ASSERT_EQ(world_.Of<ComplaintEscalated>(c).size(), static_cast<size_t>(i));
    world_.RunUntil(due + absl::Milliseconds(200));
    ASSERT_EQ(world_.Of<ComplaintEscalated>(c).size(), static_cast<size_t>(i + 1));
    EXPECT_EQ(world_.Of<ClocksSet>(c).back().cause(), ClocksSet::LEVEL_CHANGED);
    entered = FromMicros(world_.StateOf(c).level().entered_at_us());
  }
  const auto top = world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION);
  EXPECT_EQ(top.level(), 4u);
  ASSERT_FALSE(top.calendar().empty());
  const auto state = world_.StateOf(c);
  StateClockFacts facts(state);
  const auto reading = ReadClock(top, facts, world_.directory().calendars());
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(*reading->line.due_at(), *reading->calendar->AddWorkingDays(entered, 5));
  // Nothing above level 4: time used is considered and declined, and the whole story is quiet but
  // for verdicts.
  world_.RunUntil(*reading->line.due_at() + absl::Hours(1));
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 3u);
  ASSERT_EQ(world_.Of<EscalationDeclined>(c).size(), 1u);
  EXPECT_EQ(world_.Of<EscalationDeclined>(c)[0].rule(), "escalation.no_rule");
  EXPECT_THAT(Fired(c, top), ElementsAre(50, 80, 0));
  EXPECT_EQ(world_.service().counters().duplicate_with_row, 0u);
}

TEST_F(SlaLadder, F10_3_TheNewTeamIsThePolicysForRegionAndLanguage) {
  const auto c = world_.Receive("a", {.region = "gb", .language = "en"});
  world_.Assess(c, 2);
  world_.RunFor(absl::Hours(48));
  const auto escalated = world_.Of<ComplaintEscalated>(c);
  ASSERT_EQ(escalated.size(), 1u);
  EXPECT_EQ(escalated[0].team_id(), EntityIdOf("team", "relations_en").bytes());
}

TEST_F(SlaLadder, F10_5_AskedForAHigherPersonEscalatesAtOnce) {
  const auto c = world_.Receive("a");
  auto assessed = world_.Assessed(1);
  auto* trigger = assessed.add_triggers();
  trigger->set_trigger_id(std::string(16, 't'));
  trigger->set_kind(Trigger::ASKED_FOR_HIGHER);
  world_.Append(c, assessed);
  world_.RunFor(absl::Seconds(1));
  const auto escalated = world_.Of<ComplaintEscalated>(c);
  ASSERT_EQ(escalated.size(), 1u);
  EXPECT_THAT(escalated[0].triggers(), ElementsAre(std::string(16, 't')));
  EXPECT_EQ(world_.StateOf(c).level().level(), 2u);
  EXPECT_EQ(world_.ClockOf(c, ClockSpec::LEVEL_RESOLUTION).level(), 2u);
}

TEST_F(SlaLadder, F7_7_AMildEmotionIsConsideredAndDeclinedWithTheRule) {
  const auto c = world_.Receive("a");
  auto assessed = world_.Assessed(1);
  assessed.mutable_assessment()->set_severity(2);
  auto* trigger = assessed.add_triggers();
  trigger->set_trigger_id(std::string(16, 't'));
  trigger->set_kind(Trigger::EMOTION_THRESHOLD);
  trigger->set_value(85);
  trigger->set_threshold(70);
  world_.Append(c, assessed);
  world_.RunFor(absl::Seconds(1));
  const auto declined = world_.Of<EscalationDeclined>(c);
  ASSERT_EQ(declined.size(), 1u);
  EXPECT_EQ(declined[0].rule(), "escalation.emotion_minor");
  EXPECT_EQ(declined[0].explained().result(), "stays at level 1");
  EXPECT_TRUE(world_.StateOf(c).triggers().open().empty());
}

TEST_F(SlaLadder, ATriggerOpenWhileReceivedWaitsForTheAssessment) {
  const auto c = world_.Receive("a");
  world_.RunFor(absl::Hours(30));
  EXPECT_TRUE(world_.Of<ComplaintEscalated>(c).empty());
  EXPECT_EQ(world_.Of<ClockBreached>(c).size(), 1u);
  world_.Assess(c, 1);
  world_.RunFor(absl::Seconds(2));
  // Now its first level has used its time as well, and it moves one level, not two.
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 1u);
}

TEST_F(SlaLadder, F9_12_OverdueAtTakeOverGoesInDueOrderVerdictsBeforeTheEscalation) {
  const auto c = world_.Receive("a", {.received_at = world_.now() - absl::Hours(60)});
  world_.Assess(c, 1);
  world_.RunFor(absl::Seconds(2));
  const auto received = FromMicros(world_.StateOf(c).stage().received_at_us());
  int64_t last_due_us = 0;
  bool escalated = false;
  for (const auto& entry : world_.History(c)) {
    ClockBreached breached;
    if (entry.event.type() == PayloadOf<ComplaintEscalated>().number) escalated = true;
    if (entry.event.type() != PayloadOf<ClockBreached>().number) continue;
    ASSERT_TRUE(breached.ParseFromString(entry.event.payload()));
    EXPECT_FALSE(escalated);
    EXPECT_GE(breached.due_at_us(), last_due_us);
    // Due long ago, seen now.
    EXPECT_LT(FromMicros(breached.due_at_us()), world_.now() - absl::Hours(30));
    EXPECT_GT(FromMicros(breached.fired_at_us()), world_.now() - absl::Seconds(5));
    last_due_us = breached.due_at_us();
  }
  EXPECT_EQ(FromMicros(last_due_us), received + absl::Hours(24));
  // Trigger 5 and trigger 6 together: one level, both answered.
  const auto escalations = world_.Of<ComplaintEscalated>(c);
  ASSERT_EQ(escalations.size(), 1u);
  EXPECT_THAT(escalations[0].because(),
              ElementsAre(Trigger::TIME_USED, Trigger::TARGET_BROKEN_OR_IDLE));
  EXPECT_EQ(escalations[0].triggers_size(), 2);
  EXPECT_EQ(world_.StateOf(c).level().level(), 2u);
  // The next level's time counts from the escalation, so nothing more happens until it is used.
  world_.RunFor(absl::Hours(38));
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 1u);
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(world_.Of<ComplaintEscalated>(c).size(), 2u);
}

// S1, S9: a bank holiday in May in Britain; five days of holidays and a worked Saturday in China.
TEST(SlaRegions, F9_17_LevelFourCountsTheWorkingDaysOfTheRegion) {
  SlaWorld world(At("2026-04-29 09:30"));
  world.Publish(DefaultPolicy());
  const absl::Time received = At("2026-04-29 09:30");
  const auto gb = world.Receive("gb", {.received_at = received, .region = "gb", .language = "en"});
  const auto cn = world.Receive("cn", {.received_at = received, .region = "cn"});
  world.Assess(gb, 4);
  world.Assess(cn, 4);
  world.RunFor(absl::Seconds(1));
  const auto due = [&](const ComplaintId& c) {
    const auto state = world.StateOf(c);
    StateClockFacts facts(state);
    const auto clock = world.ClockOf(c, ClockSpec::LEVEL_RESOLUTION);
    return *ReadClock(clock, facts, world.directory().calendars())->line.due_at();
  };
  EXPECT_EQ(due(gb), At("2026-05-07 10:30", "Europe/London"));
  EXPECT_EQ(due(cn), At("2026-05-09 17:30", "Asia/Shanghai"));

  // S14: a calendar edited while clocks run moves none of them; new complaints follow it.
  auto edited = DefaultPolicy();
  for (auto& calendar : *edited.mutable_calendars()) {
    if (calendar.code() == "cn") calendar.clear_extra_working_days();
  }
  world.Publish(edited);
  const auto later = world.Receive("cn later", {.received_at = received, .region = "cn"});
  world.Assess(later, 4);
  world.RunFor(absl::Seconds(1));
  EXPECT_EQ(due(cn), At("2026-05-09 17:30", "Asia/Shanghai"));
  EXPECT_EQ(due(later), At("2026-05-11 17:30", "Asia/Shanghai"));
  EXPECT_EQ(world.Of<ClocksSet>(cn).size(), 1u);
}

// `events.md` §0, rule 1: what a header says was read is within the bound of its type; a timer
// reads only what its clock depends on, so that other people's events do not void it.
TEST_F(SlaLadder, HeadersSayWhatWasReadAndNoMore) {
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Hours(20));
  const auto first = world_.ClockOf(c, ClockSpec::FIRST_RESPONSE_CLOCK).clock_id();
  int seen = 0;
  for (const auto& entry : world_.History(c)) {
    const PayloadInfo& info = *FindPayload(entry.event.type());
    const AspectSet reads(entry.event.header().reads());
    EXPECT_TRUE(MaximalReads(info).Contains(reads)) << info.name << " read " << reads.ToString();
    ClockWarned warned;
    if (info.name != "ClockWarned" || !warned.ParseFromString(entry.event.payload())) continue;
    ++seen;
    EXPECT_FALSE(reads.Has(event::v1::OWNERSHIP));
    if (warned.clock_id() != first) continue;
    // First responses end with a message and pause on nothing.
    EXPECT_FALSE(reads.Has(event::v1::WAITING));
    EXPECT_TRUE(reads.Has(event::v1::CONVERSATION));
  }
  EXPECT_GT(seen, 3);
}

TEST_F(SlaLadder, AClockThatTheStateCannotMeasureIsNotPromised) {
  const auto c = world_.Receive("a");
  world_.Assess(c, 1);
  world_.RunFor(absl::Seconds(1));
  EXPECT_FALSE(world_.HasClock(c, ClockSpec::IDLE));
  EXPECT_THAT(world_.Of<ClocksSet>(c)[0].explained().rules_fired(),
              ::testing::Contains("sla.not_measured.idle"));
}

}  // namespace
}  // namespace redress::sla_timer
