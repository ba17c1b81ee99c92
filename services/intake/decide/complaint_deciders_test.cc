// What a person may do to a complaint when, and what the event then says.
#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hash.h"
#include "libs/domain/fold.h"
#include "libs/domain/payloads.h"
#include "libs/testing/sample_payloads.h"
#include "services/intake/decide/conversation_deciders.h"
#include "services/intake/decide/handling_deciders.h"
#include "services/intake/decide/ownership_deciders.h"

namespace redress::intake {
namespace {

using event::v1::CommandRefused;
using event::v1::Waiting;
using ::testing::ElementsAre;
using testing::Given;
using testing::Id;

const CommandFacts kFacts{HashedId<RequestId>({"request"}), testing::kStartUs + testing::kMinuteUs};

using Decide = std::function<Decision(StateView&)>;

// Decides twice on the same state: the answers are alike to the byte, and read no more than their
// type declares.
Decision DecideOn(const Given& complaint, const Decide& decide) {
  StateView view(complaint.state(), AspectSet::All());
  StateView again(complaint.state(), AspectSet::All());
  Decision decision = decide(view);
  const Decision repeated = decide(again);
  const auto* draft = std::get_if<EventDraft>(&decision);
  if (draft == nullptr) return decision;
  const auto* twin = std::get_if<EventDraft>(&repeated);
  EXPECT_TRUE(twin != nullptr &&
              draft->payload->SerializeAsString() == twin->payload->SerializeAsString() &&
              draft->personal == twin->personal)
      << "deciding again says something else";
  const PayloadInfo& info = PayloadOf(*draft->payload);
  AspectSet allowed = info.reads;
  for (const auto& part : info.parts) allowed = allowed | part.reads;
  EXPECT_TRUE(allowed.Contains(view.reads())) << info.name << " reads " << view.reads().ToString();
  return decision;
}

template <typename P>
P Then(const Given& complaint, const Decide& decide) {
  const Decision decision = DecideOn(complaint, decide);
  const auto* draft = std::get_if<EventDraft>(&decision);
  if (draft == nullptr || draft->payload->GetDescriptor() != P::descriptor()) {
    ADD_FAILURE() << "another answer than " << P::descriptor()->name();
    return P();
  }
  return static_cast<const P&>(*draft->payload);
}

Refusal ThenRefused(const Given& complaint, const Decide& decide) {
  const Decision decision = DecideOn(complaint, decide);
  const auto* refusal = std::get_if<Refusal>(&decision);
  if (refusal == nullptr) {
    ADD_FAILURE() << "was not refused";
    return {};
  }
  return *refusal;
}

Given AnAssessed() {
  Given complaint;
  complaint.Has(testing::Received()).Has(testing::Assessed());
  return complaint;
}

Given AnOwned() {
  Given complaint = AnAssessed();
  complaint.Has(testing::Assigned("agent a", "team 1"));
  return complaint;
}

Decide Resolving() {
  return [](StateView& view) {
    return DecideResolve(view, kFacts, {.final_response = "You get your money back."});
  };
}

TEST(StartInvestigation, NeedsAnOwner) {
  const Decide start = [](StateView& view) { return DecideStartInvestigation(view, kFacts, ""); };
  EXPECT_EQ(ThenRefused(AnAssessed(), start).code, CommandRefused::PRECONDITION);
  Then<event::v1::InvestigationStarted>(AnOwned(), start);
}

TEST(ResolveComplaint, IsRefusedInAStageThatDoesNotAllowItAndNamesTheStage) {
  Given complaint;
  complaint.Has(testing::Received());
  const Refusal refusal = ThenRefused(complaint, Resolving());
  EXPECT_EQ(refusal.code, CommandRefused::STAGE_FORBIDS);
  EXPECT_THAT(refusal.facts, ElementsAre(std::pair<std::string, std::string>("stage", "received")));
}

TEST(ResolveComplaint, NeedsAnOwnerAndTellsTheDecision) {
  EXPECT_EQ(ThenRefused(AnAssessed(), Resolving()).code, CommandRefused::PRECONDITION);
  const auto resolved = Then<event::v1::ComplaintResolved>(AnOwned(), Resolving());
  EXPECT_THAT(resolved.final_response().purposes(), ElementsAre(event::v1::FINAL_RESPONSE));
  EXPECT_EQ(resolved.final_response().direction(), event::v1::Message::OUTBOUND);
}

TEST(ResolveComplaint, F19_5_IsFirstContactWithOneOwnerOneMessageAndOneRound) {
  EXPECT_TRUE(Then<event::v1::ComplaintResolved>(AnOwned(), Resolving()).first_contact());
  Given asked_again = AnOwned();
  asked_again.Has(testing::Inbound("where is it"));
  EXPECT_FALSE(Then<event::v1::ComplaintResolved>(asked_again, Resolving()).first_contact());
  Given passed_on = AnOwned();
  passed_on.Has(testing::Assigned("agent b", "team 1"));
  EXPECT_FALSE(Then<event::v1::ComplaintResolved>(passed_on, Resolving()).first_contact());
  Given reopened = AnOwned();
  reopened.Has(testing::Resolved()).Has(testing::Reopened(2));
  EXPECT_FALSE(Then<event::v1::ComplaintResolved>(reopened, Resolving()).first_contact());
}

TEST(ResolveComplaint, NoWordOfTheAnswerIsInTheClear) {
  const Given complaint = AnOwned();
  const Decision decision = DecideOn(complaint, Resolving());
  const auto& draft = std::get<EventDraft>(decision);
  EXPECT_EQ(draft.payload->SerializeAsString().find("money"), std::string::npos);
  EXPECT_NE(draft.personal.find("money"), std::string::npos);
}

TEST(CloseReopenWithdraw, FollowTheStages) {
  const Decide close = [](StateView& view) { return DecideClose(view, "settled"); };
  const Decide reopen = [](StateView& view) {
    return DecideReopen(view, event::v1::ComplaintReopened::CAUSE_UNSPECIFIED, "");
  };
  const Decide withdraw = [](StateView& view) {
    return DecideWithdraw(view, "changed_mind", "I found it.");
  };
  Given complaint = AnOwned();
  EXPECT_EQ(ThenRefused(complaint, close).code, CommandRefused::STAGE_FORBIDS);
  EXPECT_EQ(ThenRefused(complaint, reopen).code, CommandRefused::STAGE_FORBIDS);
  Then<event::v1::ComplaintWithdrawn>(complaint, withdraw);
  complaint.Has(testing::Resolved());
  Then<event::v1::ComplaintClosed>(complaint, close);
  EXPECT_EQ(Then<event::v1::ComplaintReopened>(complaint, reopen).cycle(), 2u);
  complaint.Has(event::v1::ComplaintClosed());
  EXPECT_EQ(ThenRefused(complaint, withdraw).code, CommandRefused::STAGE_FORBIDS);
  EXPECT_EQ(Then<event::v1::ComplaintReopened>(complaint, reopen).cycle(), 2u);
}

TEST(CorrectAssessment, NamesWhatItReplaces) {
  const Decide correct = [](StateView& view) {
    return DecideCorrect(view, kFacts,
                         {{{"severity", "5"}, {"category", "billing/refund/unpaid"}}, "misread"});
  };
  Given unassessed;
  unassessed.Has(testing::Received());
  EXPECT_EQ(ThenRefused(unassessed, correct).code, CommandRefused::STAGE_FORBIDS);
  const auto corrected = Then<event::v1::AssessmentCorrected>(AnAssessed(), correct);
  EXPECT_EQ(corrected.replaces(), Id("assessment 1"));
  ASSERT_EQ(corrected.corrections_size(), 2);
  EXPECT_EQ(corrected.corrections(0).old_value(), "3");
  EXPECT_EQ(corrected.corrections(0).new_value(), "5");
  EXPECT_EQ(corrected.corrections(1).old_value(), "delivery/late/carrier");
}

TEST(EscalateComplaint, GoesOneStepUnlessToldAndAnswersWhatIsOpen) {
  Given complaint;
  auto assessed = testing::Assessed(2);
  *assessed.add_triggers() = testing::TriggerOf("asked", event::v1::Trigger::ASKED_FOR_HIGHER);
  complaint.Has(testing::Received()).Has(assessed);
  const auto one = Then<event::v1::ComplaintEscalated>(
      complaint, [](StateView& view) { return DecideEscalate(view, {.reason = "serious"}); });
  EXPECT_EQ(one.from_level(), 2u);
  EXPECT_EQ(one.to_level(), 3u);
  EXPECT_THAT(one.triggers(), ElementsAre(Id("asked")));
  const auto two = Then<event::v1::ComplaintEscalated>(
      complaint, [](StateView& view) { return DecideEscalate(view, {.to_level = 4}); });
  EXPECT_EQ(two.to_level(), 4u);
}

TEST(EscalateComplaint, StaysOnTheLadder) {
  const auto up_to = [](uint32_t level) {
    return [level](StateView& view) { return DecideEscalate(view, {.to_level = level}); };
  };
  const auto down_to = [](uint32_t level) {
    return [level](StateView& view) { return DecideDeescalate(view, {.to_level = level}); };
  };
  Given top;
  top.Has(testing::Received()).Has(testing::Assessed(4));
  EXPECT_EQ(ThenRefused(top, up_to(0)).code, CommandRefused::PRECONDITION);
  EXPECT_EQ(ThenRefused(top, up_to(3)).code, CommandRefused::PRECONDITION);
  EXPECT_EQ(Then<event::v1::ComplaintDeescalated>(top, down_to(0)).to_level(), 3u);
  EXPECT_EQ(ThenRefused(AnAssessed(), down_to(0)).code, CommandRefused::PRECONDITION)
      << "there is no level 0";
  EXPECT_EQ(ThenRefused(AnAssessed(), up_to(5)).code, CommandRefused::PRECONDITION);
}

TEST(DeclineEscalation, AnswersOpenTriggersOnly) {
  const auto decline = [](std::vector<std::string> triggers) {
    return [triggers](StateView& view) {
      return DecideDeclineEscalation(view, triggers, "settled_by_phone");
    };
  };
  EXPECT_EQ(ThenRefused(AnAssessed(), decline({})).code, CommandRefused::PRECONDITION);
  Given complaint;
  auto assessed = testing::Assessed();
  *assessed.add_triggers() = testing::TriggerOf("asked", event::v1::Trigger::ASKED_FOR_HIGHER);
  complaint.Has(testing::Received()).Has(assessed);
  EXPECT_EQ(ThenRefused(complaint, decline({Id("another")})).code, CommandRefused::PRECONDITION);
  EXPECT_THAT(Then<event::v1::EscalationDeclined>(complaint, decline({})).triggers(),
              ElementsAre(Id("asked")));
}

TEST(StartWaiting, OnceForEachAndOnTheMessageThatWasSeen) {
  const Decide start = [](StateView& view) {
    Waiting waiting;
    waiting.set_on(Waiting::ON_COMPLAINANT);
    return DecideStartWaiting(view, kFacts, waiting);
  };
  const auto started = Then<event::v1::WaitingStarted>(AnOwned(), start);
  EXPECT_EQ(started.waiting().last_inbound(), Id("first"));
  EXPECT_EQ(started.waiting().since_us(), kFacts.now_us);
  Given waits = AnOwned();
  waits.Has(testing::WaitingFor(Waiting::ON_COMPLAINANT));
  EXPECT_EQ(ThenRefused(waits, start).code, CommandRefused::PRECONDITION);
  const Decide other = [](StateView& view) {
    Waiting waiting;
    waiting.set_on(Waiting::ON_SUPPLIER);
    return DecideStartWaiting(view, kFacts, waiting);
  };
  Then<event::v1::WaitingStarted>(waits, other);
}

TEST(EndWaiting, EndsWhatIsWaitedFor) {
  const Decide end = [](StateView& view) {
    return DecideEndWaiting(view, Waiting::ON_UNSPECIFIED,
                            event::v1::WaitingEnded::CAUSE_UNSPECIFIED);
  };
  EXPECT_EQ(ThenRefused(AnOwned(), end).code, CommandRefused::PRECONDITION);
  Given waits = AnOwned();
  waits.Has(testing::WaitingFor(Waiting::ON_SUPPLIER));
  EXPECT_EQ(Then<event::v1::WaitingEnded>(waits, end).on(), Waiting::ON_SUPPLIER);
}

TEST(AssignComplaint, F8_10_PassesTheOneOwnershipOn) {
  const auto assign = [](std::string_view agent, event::v1::ComplaintAssigned::Mode mode) {
    return [agent = Id(agent), mode](StateView& view) {
      return DecideAssign(view, kFacts, {.agent_id = agent, .team_id = Id("team 1"), .mode = mode});
    };
  };
  using A = event::v1::ComplaintAssigned;
  const auto assigned = Then<A>(AnOwned(), assign("agent b", A::MANUAL));
  EXPECT_EQ(assigned.previous_owner(), Id("agent a"));
  EXPECT_EQ(ThenRefused(AnOwned(), assign("agent a", A::MANUAL)).code,
            CommandRefused::PRECONDITION);
  EXPECT_EQ(ThenRefused(AnOwned(), assign("agent b", A::TAKEN)).code, CommandRefused::PRECONDITION)
      << "what somebody owns is not taken";
  Then<A>(AnAssessed(), assign("agent b", A::TAKEN));
}

TEST(AssignComplaint, AnExcludedPersonGetsNothing) {
  storage::v1::ComplaintState state = AnAssessed().state();
  state.mutable_recusal()->add_excluded_agents(Id("agent a"));
  state.mutable_recusal()->add_excluded_teams(Id("team 2"));
  StateView view(state, AspectSet::All());
  const Decision agent =
      DecideAssign(view, kFacts, {.agent_id = Id("agent a"), .team_id = Id("team 1")});
  EXPECT_EQ(std::get<Refusal>(agent).code, CommandRefused::IS_EXCLUDED);
  const Decision team = DecideQueue(view, kFacts, {.team_id = Id("team 2")});
  EXPECT_EQ(std::get<Refusal>(team).code, CommandRefused::IS_EXCLUDED);
}

TEST(ReleaseComplaint, GoesBackToItsTeamAndTransferToAnother) {
  using Q = event::v1::ComplaintQueued;
  const Decide release = [](StateView& view) {
    return DecideQueue(view, kFacts, {.cause = Q::RELEASED});
  };
  EXPECT_EQ(ThenRefused(AnAssessed(), release).code, CommandRefused::PRECONDITION);
  EXPECT_EQ(Then<Q>(AnOwned(), release).team_id(), Id("team 1"));
  const auto transferred = Then<Q>(AnOwned(), [](StateView& view) {
    return DecideQueue(view, kFacts,
                       {.team_id = Id("team 2"), .cause = Q::TRANSFERRED, .note = "theirs"});
  });
  EXPECT_EQ(transferred.team_id(), Id("team 2"));
  EXPECT_EQ(transferred.from_team_id(), Id("team 1"));
  EXPECT_EQ(transferred.reason(), "transferred");
  EXPECT_FALSE(transferred.note().note_id().empty());
}

TEST(SetFields, NamesTheRevisionThatItSaw) {
  const Decide set = [](StateView& view) {
    SetFieldsInput input;
    input.fields.emplace_back().set_field_id("order");
    return DecideSetFields(view, input);
  };
  Given complaint = AnAssessed();
  EXPECT_EQ(Then<event::v1::FormFieldsSet>(complaint, set).revisions(0).revision(), 0u);
  event::v1::FormFieldsSet first;
  first.add_fields()->set_field_id("order");
  complaint.Has(first);
  const uint32_t known = complaint.state().record().fields(0).revision();
  EXPECT_EQ(Then<event::v1::FormFieldsSet>(complaint, set).revisions(0).revision(), known);
}

TEST(SetFields, AreBounded) {
  EXPECT_EQ(ThenRefused(AnAssessed(),
                        [](StateView& view) {
                          SetFieldsInput input;
                          for (int i = 0; i <= kMaxFields; ++i) {
                            input.fields.emplace_back().set_field_id("field " + std::to_string(i));
                          }
                          return DecideSetFields(view, input);
                        })
                .code,
            CommandRefused::OVER_LIMIT);
}

TEST(AddMessage, BelongsToAConversationOfTheComplaint) {
  const auto add = [](uint32_t thread) {
    return [thread](StateView& view) {
      AddMessageInput input;
      input.message.set_direction(event::v1::Message::OUTBOUND);
      input.message.set_thread(thread);
      input.body = "We are looking into it.";
      return DecideAddMessage(view, kFacts, input);
    };
  };
  EXPECT_EQ(Then<event::v1::MessageAdded>(AnOwned(), add(0)).message().thread(), 1u);
  EXPECT_EQ(ThenRefused(AnOwned(), add(7)).code, CommandRefused::PRECONDITION);
}

TEST(AddNote, ReadsNothingSoThatItNeverLosesARace) {
  const Given complaint = AnOwned();
  StateView view(complaint.state(), AspectSet::All());
  const Decision decision = DecideAddNote(kFacts, {{Id("agent b")}, "Please look at this."});
  EXPECT_TRUE(view.reads().empty());
  const auto& draft = std::get<EventDraft>(decision);
  EXPECT_TRUE(PayloadOf(*draft.payload).writes.empty());
  EXPECT_EQ(draft.payload->SerializeAsString().find("Please"), std::string::npos);
}

TEST(ReceiveComplaint, GivesTheSameIdsEveryTimeAndExistsOnce) {
  ReceiveInput input;
  input.received = testing::Received();
  input.received.clear_received_at_us();
  Given nothing;
  StateView view(nothing.state(), AspectSet::All());
  const Decision decision = DecideReceive(view, false, kFacts, input);
  const auto& received =
      static_cast<const event::v1::ComplaintReceived&>(*std::get<EventDraft>(decision).payload);
  EXPECT_EQ(received.first_message().message_id(), InnerId(kFacts.request, "message"));
  EXPECT_EQ(received.parties(0).party_id(), InnerId(kFacts.request, "party0"));
  EXPECT_EQ(received.received_at_us(), kFacts.now_us);
  EXPECT_EQ(std::get<Refusal>(DecideReceive(view, true, kFacts, input)).code,
            CommandRefused::EXISTS);
}

}  // namespace
}  // namespace redress::intake
