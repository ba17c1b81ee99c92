// What the events of intake, assessment and handling do to a complaint: one named test per rule of
// the catalogue (`events.md` 2.2, "effect on the state").
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/given.h"
#include "libs/testing/sample_payloads.h"

namespace redress::testing {
namespace {

using event::v1::Actor;
using event::v1::Waiting;
using ::testing::ElementsAre;
using S = storage::v1::StageState;

const storage::v1::ConversationState::Told* Told(const Given& complaint,
                                                 event::v1::Purpose purpose) {
  for (const auto& told : complaint.state().conversation().told()) {
    if (told.purpose() == purpose) return &told;
  }
  return nullptr;
}

TEST(ComplaintReceivedFold, CreatesTheComplaintInStageReceivedCycleOne) {
  Given complaint;
  complaint.Has(Received());
  const auto& stage = complaint.state().stage();
  EXPECT_EQ(stage.stage(), S::RECEIVED);
  EXPECT_EQ(stage.cycle(), 1u);
  EXPECT_EQ(stage.received_at_us(), kStartUs);
  EXPECT_EQ(stage.entered_at_us(), kStartUs);
  EXPECT_EQ(stage.cycle_started_at_us(), kStartUs);
  EXPECT_EQ(stage.entered_by(), complaint.header(0).event_id());
  EXPECT_FALSE(stage.ever_assessed());
  EXPECT_EQ(complaint.head().version(), Version(1));
}

TEST(ComplaintReceivedFold, CountsFromReceivedAtNotFromRecording) {
  auto received = Received();
  received.set_received_at_us(kStartUs - 600 * kMinuteUs);
  Given complaint;
  complaint.At(kStartUs - 900 * kMinuteUs).Has(received);
  EXPECT_EQ(complaint.state().stage().received_at_us(), kStartUs - 600 * kMinuteUs);
  EXPECT_EQ(complaint.state().stage().recorded_at_us(), kStartUs);
  EXPECT_EQ(complaint.state().record().occurred_at_us(), kStartUs - 900 * kMinuteUs);
  EXPECT_EQ(complaint.state().ownership().unowned_since_us(), kStartUs - 600 * kMinuteUs);
}

TEST(ComplaintReceivedFold, KeepsTheRecordPartiesAndFirstMessage) {
  auto received = Received();
  received.set_region("gb");
  received.add_declared_category("delivery");
  received.add_source_codes("LATE");
  auto* field = received.add_fields();
  field->set_field_id("parcel_count");
  field->set_integer(2);
  Given complaint;
  complaint.Has(received);
  const auto& record = complaint.state().record();
  EXPECT_EQ(record.tracking_code(), received.tracking_code());
  EXPECT_EQ(record.channel(), event::v1::MAIL);
  EXPECT_EQ(record.region(), "gb");
  EXPECT_THAT(record.declared_category(), ElementsAre("delivery"));
  EXPECT_THAT(record.source_codes(), ElementsAre("LATE"));
  ASSERT_EQ(record.fields_size(), 1);
  EXPECT_EQ(record.fields(0).revision(), 1u);
  EXPECT_EQ(record.language(), "en");
  EXPECT_EQ(complaint.state().party().parties(0).party_id(), Id("complainant"));
  EXPECT_EQ(complaint.state().conversation().inbound_count(), 1u);
  EXPECT_EQ(complaint.state().conversation().last_inbound_id(), Id("first"));
  EXPECT_EQ(complaint.state().thread().threads(0).number(), 1u);
  EXPECT_EQ(complaint.state().thread().threads(0).token(), Id("thread 1"));
}

TEST(ComplaintReceivedFold, PinsThePolicyInForce) {
  Given complaint;
  complaint.Has(Received());
  EXPECT_EQ(complaint.state().policy().manifest(), complaint.header(0).policy());
  EXPECT_EQ(complaint.state().policy().manifest().size(), 16u);
}

TEST(MessageAddedFold, KeepsTheLastMessageOfEachDirection) {
  Given complaint;
  complaint.Has(Received()).Has(Inbound("second")).Has(Outbound("answer"));
  const auto& conversation = complaint.state().conversation();
  EXPECT_EQ(conversation.inbound_count(), 2u);
  EXPECT_EQ(conversation.last_inbound_id(), Id("second"));
  EXPECT_EQ(conversation.last_inbound_at_us(), complaint.header(1).occurred_at_us());
  EXPECT_EQ(conversation.outbound_count(), 1u);
  EXPECT_EQ(conversation.last_outbound_id(), Id("answer"));
  EXPECT_EQ(conversation.last_outbound_at_us(), complaint.header(2).occurred_at_us());
  EXPECT_EQ(conversation.changed_by(), complaint.last().event_id());
}

TEST(MessageAddedFold, InboundAnswerEndsWaitingOnComplainantS10) {
  Given complaint;
  complaint.Has(Received())
      .Has(WaitingFor(Waiting::ON_COMPLAINANT))
      .Has(WaitingFor(Waiting::ON_SUPPLIER));
  complaint.Has(Inbound("answer"));
  const auto& intervals = complaint.state().waiting().intervals();
  EXPECT_EQ(intervals[0].to_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(intervals[1].to_us(), 0) << "the supplier's turn goes on";
}

TEST(MessageAddedFold, AutomaticRepliesAndOtherPartiesDoNotEndWaitingS17) {
  auto out_of_office = Inbound("out of office");
  out_of_office.mutable_message()->set_auto_submitted(true);
  auto witness = Inbound("from a witness");
  witness.set_by_complainant_side(false);
  Given complaint;
  complaint.Has(Received())
      .Has(WaitingFor(Waiting::ON_COMPLAINANT))
      .Has(out_of_office)
      .Has(witness);
  complaint.Has(Outbound("reminder"));
  EXPECT_EQ(complaint.state().waiting().intervals(0).to_us(), 0);
}

TEST(MessageAddedFold, ReplyMayStartWaitingForItsAnswer) {
  auto question = Outbound("question", {event::v1::QUESTION});
  question.mutable_waiting()->set_on(Waiting::ON_COMPLAINANT);
  question.mutable_waiting()->set_until_us(kStartUs + 5000 * kMinuteUs);
  Given complaint;
  complaint.Has(Received()).Has(question);
  const auto& interval = complaint.state().waiting().intervals(0);
  EXPECT_EQ(interval.on(), Waiting::ON_COMPLAINANT);
  EXPECT_EQ(interval.from_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(interval.until_us(), kStartUs + 5000 * kMinuteUs);
  EXPECT_EQ(interval.to_us(), 0);
}

TEST(MessageAddedFold, PersonsFirstOutboundEndsFirstResponseF9_1) {
  Given complaint;
  complaint.Has(Received())
      .By(Actor::PERSON)
      .Has(Outbound("answer"))
      .By(Actor::PERSON)
      .Has(Outbound("more"));
  const auto* told = Told(complaint, event::v1::FIRST_RESPONSE);
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->first_at_us(), complaint.header(1).occurred_at_us());
  EXPECT_EQ(told->last_at_us(), complaint.header(1).occurred_at_us());
}

TEST(MessageAddedFold, UnlessItsPurposesSayOtherwiseF9_1) {
  Given complaint;
  complaint.Has(Received())
      .By(Actor::PERSON)
      .Has(Outbound("we have it", {event::v1::ACKNOWLEDGEMENT}));
  EXPECT_EQ(Told(complaint, event::v1::FIRST_RESPONSE), nullptr);
  EXPECT_NE(Told(complaint, event::v1::ACKNOWLEDGEMENT), nullptr);
}

TEST(MessageAddedFold, MachinesDoNotEndFirstResponseByThemselves) {
  auto automatic = Outbound("written by a program");
  automatic.mutable_message()->set_auto_submitted(true);
  Given complaint;
  complaint.Has(Received())
      .By(Actor::SERVICE)
      .Has(Outbound("by a service"))
      .By(Actor::PERSON)
      .Has(automatic);
  EXPECT_EQ(Told(complaint, event::v1::FIRST_RESPONSE), nullptr);
  complaint.By(Actor::SERVICE).Has(Outbound("a service that says so", {event::v1::FIRST_RESPONSE}));
  EXPECT_NE(Told(complaint, event::v1::FIRST_RESPONSE), nullptr);
}

TEST(MessageAddedFold, PurposesKeepFirstAndLastTimeWhateverTheOrderOfArrival) {
  Given complaint;
  complaint.Has(Received());
  for (int minute : {50, 20, 70}) {
    complaint.At(kStartUs + minute * kMinuteUs).Has(Outbound("told", {event::v1::PROGRESS_UPDATE}));
  }
  const auto* told = Told(complaint, event::v1::PROGRESS_UPDATE);
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->first_at_us(), kStartUs + 20 * kMinuteUs);
  EXPECT_EQ(told->last_at_us(), kStartUs + 70 * kMinuteUs);
  EXPECT_EQ(complaint.state().conversation().told_size(), 1);
}

TEST(MessageAddedFold, NewConversationsGetTheirNumber) {
  auto by_phone = Inbound("by phone");
  by_phone.mutable_thread()->set_number(2);
  by_phone.mutable_thread()->set_token(Id("thread 2"));
  Given complaint;
  complaint.Has(Received()).Has(by_phone);
  ASSERT_EQ(complaint.state().thread().threads_size(), 2);
  EXPECT_EQ(complaint.state().thread().threads(1).number(), 2u);
  EXPECT_EQ(complaint.state().thread().threads(1).token(), Id("thread 2"));
}

TEST(MessageAddedFold, ContinueElsewhereHandsTheThreadOverAndCountsNoMessage) {
  auto elsewhere = Inbound("a new matter");
  elsewhere.set_disposition(event::v1::MessageAdded::CONTINUE_ELSEWHERE);
  elsewhere.set_continues_as(Id("another complaint"));
  elsewhere.mutable_thread()->set_number(1);
  elsewhere.mutable_thread()->set_token(Id("thread 1"));
  Given complaint;
  complaint.Has(Received()).Has(elsewhere);
  ASSERT_EQ(complaint.state().thread().threads_size(), 1);
  EXPECT_EQ(complaint.state().thread().threads(0).continued_as(), Id("another complaint"));
  EXPECT_EQ(complaint.state().conversation().inbound_count(), 1u);
  EXPECT_EQ(complaint.state().conversation().last_inbound_id(), Id("first"));
}

event::v1::FormFieldsSet SetText(std::string_view field, std::string_view text) {
  event::v1::FormFieldsSet set;
  auto* value = set.add_fields();
  value->set_field_id(std::string(field));
  value->set_text(std::string(text));
  return set;
}

TEST(FormFieldsSetFold, CountsRevisionsPerField) {
  Given complaint;
  complaint.Has(Received())
      .Has(SetText("shop", "north"))
      .Has(SetText("till", "4"))
      .Has(SetText("shop", "south"));
  const auto& fields = complaint.state().record().fields();
  ASSERT_EQ(fields.size(), 2);
  EXPECT_EQ(fields[0].field().text(), "south");
  EXPECT_EQ(fields[0].revision(), 2u);
  EXPECT_EQ(fields[1].revision(), 1u);
}

TEST(FormFieldsSetFold, FieldsNamedAsDimensionsMoveTheDimension) {
  auto amount = SetText("amount", "");
  amount.mutable_fields(0)->mutable_money()->set_amount_minor(4499);
  amount.mutable_fields(0)->mutable_money()->set_currency("GBP");
  Given complaint;
  complaint.Has(Received())
      .Has(SetText("region", "cn"))
      .Has(SetText("product_line", "kettles"))
      .Has(amount);
  EXPECT_EQ(complaint.state().record().region(), "cn");
  EXPECT_EQ(complaint.state().record().product_line(), "kettles");
  EXPECT_EQ(complaint.state().record().amount().amount_minor(), 4499);
}

TEST(NoteAddedFold, ChangesNothingButTheVersion) {
  Given complaint;
  complaint.Has(Received());
  const std::string before = complaint.state().SerializeAsString();
  event::v1::NoteAdded note;
  note.mutable_note()->set_note_id(Id("note"));
  complaint.Has(note);
  EXPECT_EQ(complaint.state().SerializeAsString(), before);
  EXPECT_EQ(complaint.head().version(), Version(2));
}

TEST(CommandRefusedFold, ChangesNothingAndClosesTheRequest) {
  Given complaint;
  complaint.Has(Received());
  const std::string before = complaint.state().SerializeAsString();
  event::v1::CommandRefused refused;
  refused.set_command(45);
  refused.set_code(event::v1::CommandRefused::STAGE_FORBIDS);
  complaint.Has(refused);
  EXPECT_EQ(complaint.state().SerializeAsString(), before);
  EXPECT_TRUE(complaint.head().closed().back().refused);
}

}  // namespace
}  // namespace redress::testing
