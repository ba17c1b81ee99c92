// What assessment, ownership, level and the stages of handling do to a complaint: one named test
// per rule of the catalogue (`events.md` 2.2, "effect on the state").
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/given.h"
#include "libs/testing/sample_payloads.h"

namespace redress::testing {
namespace {

using event::v1::ComplaintEscalated;
using event::v1::Trigger;
using event::v1::Waiting;
using ::testing::ElementsAre;
using S = storage::v1::StageState;

Given Owned() {
  Given complaint;
  complaint.Has(Received()).Has(Assessed()).Has(Assigned("agent a", "team a"));
  return complaint;
}

std::vector<std::string> OpenTriggers(const Given& complaint) {
  std::vector<std::string> ids;
  for (const auto& open : complaint.state().triggers().open())
    ids.push_back(open.trigger().trigger_id());
  return ids;
}

TEST(ComplaintAssessedFold, SetsStageAssessmentLevelAndTriggers) {
  auto assessed = Assessed(2);
  *assessed.add_triggers() = TriggerOf("legal", Trigger::LEGAL_OR_COMPLIANCE_RISK);
  Given complaint;
  complaint.Has(Received()).Has(assessed);
  EXPECT_EQ(complaint.state().stage().stage(), S::ASSESSED);
  EXPECT_TRUE(complaint.state().stage().ever_assessed());
  EXPECT_EQ(complaint.state().stage().entered_by(), complaint.last().event_id());
  EXPECT_EQ(complaint.state().assessment().assessment().severity(), 3u);
  EXPECT_EQ(complaint.state().assessment().assessed_at_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(complaint.state().level().level(), 2u);
  EXPECT_EQ(complaint.state().level().entered_at_us(), complaint.last().occurred_at_us());
  EXPECT_THAT(OpenTriggers(complaint), ElementsAre(Id("legal")));
  EXPECT_EQ(complaint.state().triggers().open(0).opened_by(), complaint.last().event_id());
}

TEST(ComplaintAssessedFold, LeavesTheExplanationInTheLog) {
  Given complaint;
  complaint.Has(Received()).Has(Assessed());
  EXPECT_FALSE(complaint.state().assessment().assessment().has_explained());
}

TEST(ComplaintReassessedFold, ReplacesTheAssessmentAndLeavesTheLevel) {
  auto reassessed = Reassessed("assessment 2");
  reassessed.mutable_assessment()->set_severity(5);
  reassessed.mutable_assessment()->set_level(4);
  *reassessed.add_triggers() = TriggerOf("angry", Trigger::EMOTION_THRESHOLD);
  Given complaint;
  complaint.Has(Received()).Has(Assessed(1)).Has(reassessed);
  EXPECT_EQ(complaint.state().assessment().assessment().assessment_id(), Id("assessment 2"));
  EXPECT_EQ(complaint.state().assessment().assessment().severity(), 5u);
  EXPECT_EQ(complaint.state().level().level(), 1u) << "only escalation and de-escalation move it";
  EXPECT_EQ(complaint.state().stage().stage(), S::ASSESSED);
  EXPECT_THAT(OpenTriggers(complaint), ElementsAre(Id("angry")));
}

TEST(AssessmentCorrectedFold, ChangesAndPinsTheFields) {
  Given complaint;
  complaint.Has(Received())
      .Has(Assessed())
      .Has(Corrected("severity", "5"))
      .Has(Corrected("severity", "4"));
  complaint.Has(Corrected("category", "billing/refund/unpaid"))
      .Has(Corrected("legal_risk", "true"));
  const auto& assessment = complaint.state().assessment();
  EXPECT_THAT(assessment.pinned(), ElementsAre("severity", "category", "legal_risk"));
  EXPECT_EQ(assessment.assessment().severity(), 4u);
  ASSERT_EQ(assessment.assessment().category_size(), 3);
  EXPECT_EQ(assessment.assessment().category(2).code(), "unpaid");
  EXPECT_EQ(assessment.assessment().category(0).permille(), 1000) << "a person is sure";
  EXPECT_TRUE(assessment.assessment().legal_risk());
  EXPECT_EQ(assessment.assessment().assessment_id(), Id("assessment 1 corrected"));
  EXPECT_EQ(assessment.changed_by(), complaint.last().event_id());
}

TEST(AssessmentCorrectedFold, KnowsEveryFieldThatMayBeCorrected) {
  Given complaint;
  complaint.Has(Received()).Has(Assessed());
  for (const char* field : {"urgency", "impact", "complexity", "priority_band"}) {
    complaint.Has(Corrected(field, "1"));
  }
  complaint.Has(Corrected("safety", "true")).Has(Corrected("fast_lane", "true"));
  const auto& assessment = complaint.state().assessment().assessment();
  EXPECT_EQ(assessment.urgency(), 1u);
  EXPECT_EQ(assessment.impact(), 1u);
  EXPECT_EQ(assessment.complexity(), 1u);
  EXPECT_EQ(assessment.priority().band(), 1u);
  EXPECT_TRUE(assessment.safety());
  EXPECT_TRUE(assessment.fast_lane());
}

TEST(ComplaintQueuedFold, SetsTeamAndReasonAndClearsTheOwner) {
  auto queued = Queued("team b");
  queued.add_skills()->set_skill("zh");
  Given complaint = Owned();
  complaint.Has(queued);
  const auto& ownership = complaint.state().ownership();
  EXPECT_EQ(ownership.team_id(), Id("team b"));
  EXPECT_EQ(ownership.team_since_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(ownership.owner_id(), "");
  EXPECT_EQ(ownership.owner_since_us(), 0);
  EXPECT_EQ(ownership.weight(), 0u);
  EXPECT_EQ(ownership.queue_reason(), "no_capacity");
  EXPECT_EQ(ownership.queue_cause(), static_cast<uint32_t>(event::v1::ComplaintQueued::ROUTED));
  EXPECT_THAT(ownership.skills(), ElementsAre("zh"));
  EXPECT_EQ(ownership.changed_by(), complaint.last().event_id());
}

TEST(ComplaintQueuedFold, QueuedAgainKeepsAgeF8_11) {
  Given complaint;
  complaint.Has(Received())
      .Has(Assessed())
      .Has(Queued("team a"))
      .Has(Queued("team b"))
      .Has(Queued("team b"));
  EXPECT_EQ(complaint.state().ownership().unowned_since_us(), kStartUs);
  EXPECT_EQ(complaint.state().ownership().team_since_us(), complaint.header(3).occurred_at_us())
      << "staying in the team does not turn its interval over";
}

TEST(ComplaintQueuedFold, AgeBeginsAnewWhenAnOwnerLeavesIt) {
  Given complaint = Owned();
  complaint.Has(Queued("team a"));
  EXPECT_EQ(complaint.state().ownership().unowned_since_us(), complaint.last().occurred_at_us());
}

TEST(ComplaintAssignedFold, HasExactlyOneOwnerF8_10) {
  Given complaint = Owned();
  EXPECT_EQ(complaint.state().ownership().owner_id(), Id("agent a"));
  EXPECT_EQ(complaint.state().ownership().weight(), 2u);
  EXPECT_EQ(complaint.state().ownership().unowned_since_us(), 0);
  complaint.Has(Assigned("agent b", "team b"));
  const auto& ownership = complaint.state().ownership();
  EXPECT_EQ(ownership.owner_id(), Id("agent b"));
  EXPECT_EQ(ownership.owner_since_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(ownership.team_id(), Id("team b"));
  EXPECT_EQ(ownership.assignments(), 2u);
}

TEST(ComplaintAssignedFold, EndsTheQueueing) {
  Given complaint;
  complaint.Has(Received())
      .Has(Assessed())
      .Has(Queued("team a"))
      .Has(Assigned("agent a", "team a"));
  EXPECT_EQ(complaint.state().ownership().queue_reason(), "");
  EXPECT_EQ(complaint.state().ownership().queue_cause(), 0u);
  EXPECT_EQ(complaint.state().ownership().team_since_us(), complaint.header(2).occurred_at_us());
}

Given WithTriggers() {
  auto assessed = Assessed();
  *assessed.add_triggers() = TriggerOf("asked", Trigger::ASKED_FOR_HIGHER);
  *assessed.add_triggers() = TriggerOf("repeated", Trigger::REPEATED);
  Given complaint;
  complaint.Has(Received()).Has(assessed).Has(Assigned("agent a", "team a"));
  return complaint;
}

TEST(ComplaintEscalatedFold, ClosesTheNamedTriggersOnly) {
  Given complaint = WithTriggers();
  complaint.Has(Escalated(1, 2, {"asked", "never opened"}));
  EXPECT_THAT(OpenTriggers(complaint), ElementsAre(Id("repeated")));
  EXPECT_EQ(complaint.state().level().level(), 2u);
  EXPECT_EQ(complaint.state().level().escalations(), 1u);
  EXPECT_EQ(complaint.state().level().entered_at_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(complaint.state().level().entered_by(), complaint.last().event_id());
}

TEST(ComplaintEscalatedFold, KeepsTheOwnerAndTeamUnlessItSaysOtherwise) {
  Given complaint = Owned();
  complaint.Has(Escalated(1, 2));
  EXPECT_EQ(complaint.state().ownership().owner_id(), Id("agent a"));
  EXPECT_EQ(complaint.state().ownership().team_id(), Id("team a"));
  auto upwards = Escalated(2, 3);
  upwards.set_team_id(Id("team c"));
  upwards.set_owner_after(ComplaintEscalated::CLEAR);
  complaint.Has(upwards);
  EXPECT_EQ(complaint.state().ownership().owner_id(), "");
  EXPECT_EQ(complaint.state().ownership().team_id(), Id("team c"));
  EXPECT_EQ(complaint.state().ownership().unowned_since_us(), complaint.last().occurred_at_us());
}

TEST(ComplaintEscalatedFold, WithoutAnOwnerTheAgeIsKeptF8_11) {
  Given complaint;
  complaint.Has(Received()).Has(Assessed()).Has(Queued("team a"));
  auto upwards = Escalated(1, 2);
  upwards.set_owner_after(ComplaintEscalated::CLEAR);
  complaint.Has(upwards);
  EXPECT_EQ(complaint.state().ownership().unowned_since_us(), kStartUs);
  EXPECT_EQ(complaint.state().ownership().queue_reason(), "")
      << "the queue of the old level is left";
}

TEST(ComplaintDeescalatedFold, GoesDownWithoutCountingAnEscalation) {
  Given complaint = Owned();
  complaint.Has(Escalated(1, 3)).Has(Deescalated(3, 2));
  EXPECT_EQ(complaint.state().level().level(), 2u);
  EXPECT_EQ(complaint.state().level().escalations(), 1u);
  EXPECT_EQ(complaint.state().ownership().owner_id(), Id("agent a"));
}

TEST(EscalationDeclinedFold, ClosesTheTriggersAsConsideredAndStays) {
  Given complaint = WithTriggers();
  complaint.Has(Declined({"repeated"}));
  EXPECT_THAT(OpenTriggers(complaint), ElementsAre(Id("asked")));
  EXPECT_EQ(complaint.state().level().level(), 1u);
  EXPECT_EQ(complaint.state().level().escalations(), 0u);
}

TEST(InvestigationStartedFold, IsTakenUp) {
  Given complaint = Owned();
  complaint.Has(event::v1::InvestigationStarted());
  EXPECT_EQ(complaint.state().stage().stage(), S::INVESTIGATING);
  EXPECT_EQ(complaint.state().ownership().owner_id(), Id("agent a"));
}

TEST(ComplaintResolvedFold, TellsTheDecisionAndEndsWaitingAndTriggers) {
  Given complaint = WithTriggers();
  complaint.Has(WaitingFor(Waiting::ON_THIRD_PARTY)).Has(Resolved());
  const auto& state = complaint.state();
  EXPECT_EQ(state.stage().stage(), S::RESOLVED);
  EXPECT_EQ(state.stage().outcome(), event::v1::ComplaintResolved::UPHELD);
  EXPECT_EQ(state.stage().resolution_id(), Id("resolution"));
  EXPECT_EQ(state.stage().resolved_at_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(state.waiting().intervals(0).to_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(state.triggers().open_size(), 0);
  EXPECT_EQ(state.conversation().last_outbound_id(), Id("decision"));
  EXPECT_EQ(state.ownership().owner_id(), Id("agent a")) << "follow-up stays with the owner";
}

TEST(ComplaintResolvedFold, FinalResponseIsAFirstResponseWhereNoneWas) {
  Given complaint = Owned();
  complaint.Has(Resolved());
  int64_t first = 0, final = 0;
  for (const auto& told : complaint.state().conversation().told()) {
    if (told.purpose() == event::v1::FIRST_RESPONSE) first = told.first_at_us();
    if (told.purpose() == event::v1::FINAL_RESPONSE) final = told.first_at_us();
  }
  EXPECT_EQ(first, complaint.last().occurred_at_us());
  EXPECT_EQ(final, complaint.last().occurred_at_us());
}

TEST(ComplaintClosedFold, StopsClocksAndKeepsTheOutcome) {
  Given complaint = Owned();
  complaint.Has(ClocksOf("set 1", {"resolution"}))
      .Has(Resolved())
      .Has(event::v1::ComplaintClosed());
  const auto& state = complaint.state();
  EXPECT_EQ(state.stage().stage(), S::CLOSED);
  EXPECT_EQ(state.stage().how(), S::HOW_RESOLVED);
  EXPECT_EQ(state.stage().closed_at_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(state.stage().outcome(), event::v1::ComplaintResolved::UPHELD);
  EXPECT_EQ(state.clocks().stopped_at_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(state.clocks().clocks_size(), 1) << "verdicts stay";
}

TEST(ComplaintWithdrawnFold, EndsEverythingTheSameMomentO1) {
  auto assessed = Assessed();
  *assessed.add_triggers() = TriggerOf("asked", Trigger::ASKED_FOR_HIGHER);
  Given complaint;
  complaint.Has(Received()).Has(assessed).Has(ClocksOf("set 1", {"resolution"}));
  complaint.Has(WaitingFor(Waiting::ON_COMPLAINANT)).Has(WaitingFor(Waiting::ON_SUPPLIER));
  complaint.Has(event::v1::ComplaintWithdrawn());
  const int64_t at = complaint.last().occurred_at_us();
  EXPECT_EQ(complaint.state().stage().stage(), S::CLOSED);
  EXPECT_EQ(complaint.state().stage().how(), S::HOW_WITHDRAWN);
  EXPECT_EQ(complaint.state().clocks().stopped_at_us(), at);
  EXPECT_EQ(complaint.state().triggers().open_size(), 0);
  for (const auto& interval : complaint.state().waiting().intervals())
    EXPECT_EQ(interval.to_us(), at);
}

TEST(ComplaintReopenedFold, BeginsANewCycleInInvestigation) {
  Given complaint = Owned();
  complaint.Has(ClocksOf("set 1", {"resolution"}))
      .Has(Resolved())
      .Has(event::v1::ComplaintClosed());
  complaint.Has(Reopened(2));
  const auto& state = complaint.state();
  EXPECT_EQ(state.stage().stage(), S::INVESTIGATING);
  EXPECT_EQ(state.stage().cycle(), 2u);
  EXPECT_EQ(state.stage().cycle_started_at_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(state.stage().received_at_us(), kStartUs);
  EXPECT_EQ(state.stage().how(), S::HOW_UNSPECIFIED);
  EXPECT_EQ(state.stage().resolved_at_us(), 0);
  EXPECT_EQ(state.stage().closed_at_us(), 0);
  EXPECT_EQ(state.stage().outcome(), event::v1::ComplaintResolved::OUTCOME_UNSPECIFIED);
  EXPECT_EQ(state.clocks().stopped_at_us(), 0);
  EXPECT_EQ(state.ownership().owner_id(), Id("agent a"));
}

TEST(ComplaintReopenedFold, NeverAssessedGoesToReceived) {
  Given complaint;
  complaint.Has(Received()).Has(event::v1::ComplaintWithdrawn()).Has(Reopened(2));
  EXPECT_EQ(complaint.state().stage().stage(), S::RECEIVED);
  EXPECT_EQ(complaint.state().stage().cycle(), 2u);
}

}  // namespace
}  // namespace redress::testing
