// The pure deciders on states made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/policy/compiled_policy.h"
#include "libs/policy/published_policy.h"
#include "services/sla_timer/decide/answer_triggers.h"
#include "services/sla_timer/decide/fire_clock.h"
#include "services/sla_timer/decide/policy_facts.h"
#include "services/sla_timer/decide/set_clocks.h"
#include "services/sla_timer/testing/sla_world.h"

namespace redress::sla_timer {
namespace {

using event::v1::ClockSpec;
using event::v1::ComplaintEscalated;
using event::v1::EscalationDeclined;
using event::v1::Trigger;
using storage::v1::ComplaintState;
using storage::v1::StageState;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::shared_ptr<const CompiledPolicy> Compiled(policy::v1::Policy policy) {
  auto compiled = CompiledPolicy::Compile(std::move(policy));
  REDRESS_CHECK(compiled.ok());
  return *std::move(compiled);
}

class Decide : public ::testing::Test {
 protected:
  Decide() : policy_(Compiled(DefaultPolicy())) {
    for (const auto& part : policy_->manifest().parts) calendars_.Add(PublishedPart(part));
    auto* stage = state_.mutable_stage();
    stage->set_stage(StageState::ASSESSED);
    stage->set_cycle(1);
    stage->set_received_at_us(received_us_);
    stage->set_cycle_started_at_us(received_us_);
    state_.mutable_level()->set_level(1);
    state_.mutable_level()->set_entered_at_us(received_us_ + 5'000'000);
    auto* assessment = state_.mutable_assessment()->mutable_assessment();
    for (const char* code : {"service", "attitude", "rude_agent"})
      assessment->add_category()->set_code(code);
    assessment->set_severity(3);
    assessment->set_urgency(3);
    assessment->mutable_priority()->set_band(3);
    state_.mutable_record()->set_region("cn");
    state_.mutable_policy()->set_manifest(policy_->manifest_hash().ToBytes());
  }

  event::v1::ClocksSet Set() {
    auto set = DecideClocks(complaint_, state_, *policy_, FactNames::Of(*policy_), calendars_);
    REDRESS_CHECK(set.ok());
    return *std::move(set);
  }
  // As the fold does.
  void Fold(const event::v1::ClocksSet& set) {
    auto* clocks = state_.mutable_clocks();
    clocks->set_set_id(set.set_id());
    *clocks->mutable_clocks() = set.clocks();
    *clocks->mutable_basis() = set.basis();
    clocks->set_sets(clocks->sets() + 1);
  }
  void Open(Trigger::Kind kind, const std::string& id, int64_t opened_at_us = 0) {
    auto* open = state_.mutable_triggers()->add_open();
    open->mutable_trigger()->set_kind(kind);
    open->mutable_trigger()->set_trigger_id(id);
    open->set_opened_at_us(opened_at_us == 0 ? received_us_ + 60'000'000 : opened_at_us);
  }

  const int64_t received_us_ = ToMicros(At("2026-03-02 10:00"));
  const ComplaintId complaint_ = HashedId<ComplaintId>({"c"});
  const std::shared_ptr<const CompiledPolicy> policy_;
  CalendarShelf calendars_;
  ComplaintState state_;
};

TEST_F(Decide, TheBasisNamesWhatTheRulesLookAtAndHoldsUntilItChanges) {
  EXPECT_TRUE(NeedsClocks(state_));
  Fold(Set());
  EXPECT_FALSE(NeedsClocks(state_));
  std::vector<std::string> names;
  for (const auto& field : state_.clocks().basis()) names.push_back(field.field_id());
  EXPECT_THAT(names,
              UnorderedElementsAre("amount", "band", "category", "cycle", "level", "level_entered",
                                   "policy", "product_line", "region", "safety", "urgency"));
  const ComplaintState before = state_;
  const auto changed = [&](auto change) {
    state_ = before;
    change();
    return NeedsClocks(state_);
  };
  EXPECT_TRUE(changed([&] { state_.mutable_assessment()->mutable_assessment()->set_urgency(4); }));
  EXPECT_TRUE(
      changed([&] { state_.mutable_assessment()->mutable_assessment()->set_safety(true); }));
  EXPECT_TRUE(changed([&] { state_.mutable_record()->mutable_amount()->set_amount_minor(1); }));
  EXPECT_TRUE(changed([&] { state_.mutable_record()->set_region("us"); }));
  EXPECT_TRUE(changed([&] { state_.mutable_level()->set_level(2); }));
  EXPECT_TRUE(
      changed([&] { state_.mutable_level()->set_entered_at_us(received_us_ + 6'000'000); }));
  EXPECT_TRUE(changed([&] { state_.mutable_stage()->set_cycle(2); }));
  EXPECT_TRUE(changed([&] { state_.mutable_policy()->set_manifest(std::string(16, 'x')); }));
  // No rule asks for these.
  EXPECT_FALSE(changed([&] { state_.mutable_assessment()->mutable_assessment()->set_impact(5); }));
  EXPECT_FALSE(changed([&] { state_.mutable_record()->set_legal_entity("other"); }));
}

TEST_F(Decide, DecidingAgainGivesTheSameBytes) {
  EXPECT_EQ(Set().SerializeAsString(), Set().SerializeAsString());
}

TEST_F(Decide, S4_PausesTakenBeforeStillCountUnderNewTargets) {
  Fold(Set());
  auto* interval = state_.mutable_waiting()->add_intervals();
  interval->set_on(event::v1::Waiting::ON_COMPLAINANT);
  interval->set_from_us(received_us_ + 3'600'000'000);
  interval->set_to_us(received_us_ + 3 * 3'600'000'000LL);
  auto other = DefaultPolicy();
  for (auto& rule : *other.mutable_sla()->mutable_rules()) {
    for (auto& clock : *rule.mutable_clocks()) {
      const bool level_1 = rule.name() == "level_1" && clock.kind() == ClockSpec::LEVEL_RESOLUTION;
      if (level_1) clock.mutable_target()->set_ms(36'000'000);
    }
  }
  const auto changed = Compiled(other);
  state_.mutable_policy()->set_manifest(changed->manifest_hash().ToBytes());
  EXPECT_EQ(CauseOfSet(state_), event::v1::ClocksSet::POLICY_CHANGED);
  const auto set = DecideClocks(complaint_, state_, *changed, FactNames::Of(*changed), calendars_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->changes_size(), 1);
  EXPECT_EQ(set->changes(0).old_due_us(), received_us_ + 26 * 3'600'000'000LL);
  EXPECT_EQ(set->changes(0).new_due_us(), received_us_ + 12 * 3'600'000'000LL);
}

TEST_F(Decide, ACalendarThatIsNotThereIsWaitedFor) {
  const CalendarShelf empty;
  const auto set = DecideClocks(complaint_, state_, *policy_, FactNames::Of(*policy_), empty);
  EXPECT_TRUE(absl::IsNotFound(set.status()));
}

TEST_F(Decide, TheTriggerThatLeadsHighestAnswersAll) {
  state_.mutable_assessment()->mutable_assessment()->set_severity(5);
  Open(Trigger::ASKED_FOR_HIGHER, "asked");
  Open(Trigger::LEGAL_OR_COMPLIANCE_RISK, "legal");
  const auto answer = AnswerTriggers(state_, *policy_, FactNames::Of(*policy_));
  const auto* escalated = std::get_if<ComplaintEscalated>(&answer);
  ASSERT_NE(escalated, nullptr);
  EXPECT_EQ(escalated->to_level(), 3u);
  EXPECT_EQ(escalated->reason(), "escalation.legal_grave");
  EXPECT_THAT(escalated->triggers(), ElementsAre("asked", "legal"));
  EXPECT_THAT(escalated->because(),
              ElementsAre(Trigger::ASKED_FOR_HIGHER, Trigger::LEGAL_OR_COMPLIANCE_RISK));
  EXPECT_THAT(escalated->explained().rules_fired(),
              ElementsAre("escalation.asked_for_higher", "escalation.legal_grave"));
}

TEST_F(Decide, A1_F10_6_RepeatedEscalatesOneLevelUpToTheThird) {
  Open(Trigger::REPEATED, "repeated");
  for (uint32_t level = 1; level <= 4; ++level) {
    state_.mutable_level()->set_level(level);
    const auto answer = AnswerTriggers(state_, *policy_, FactNames::Of(*policy_));
    if (level < 3) {
      EXPECT_EQ(std::get<ComplaintEscalated>(answer).to_level(), level + 1);
    } else {
      EXPECT_EQ(std::get<EscalationDeclined>(answer).rule(), "escalation.no_rule");
    }
  }
}

TEST_F(Decide, A3_TimeUsedAtALevelThatWasLeftNoLongerEscalates) {
  state_.mutable_level()->set_level(2);
  state_.mutable_level()->set_entered_at_us(received_us_ + 120'000'000);
  Open(Trigger::TIME_USED, "late", received_us_ + 60'000'000);
  const auto answer = AnswerTriggers(state_, *policy_, FactNames::Of(*policy_));
  EXPECT_EQ(std::get<EscalationDeclined>(answer).rule(), "escalation.level_left");
}

TEST_F(Decide, F9_12_OnlyUnresolvedTargetsReportUpwardAndOnlyWhereThePolicySaysSo) {
  EXPECT_TRUE(ReportsUpward(ClockSpec::LEVEL_RESOLUTION));
  EXPECT_TRUE(ReportsUpward(ClockSpec::RESOLUTION));
  EXPECT_FALSE(ReportsUpward(ClockSpec::FIRST_RESPONSE_CLOCK));
  EXPECT_TRUE(PolicyReportsUpward(*policy_, 3));
  EXPECT_FALSE(PolicyReportsUpward(*policy_, 4));
}

}  // namespace
}  // namespace redress::sla_timer
