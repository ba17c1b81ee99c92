// Rules of requests that need no service: identity, roles, names, records of published items.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hash.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "services/intake/api/command_call.h"
#include "services/intake/api/complaint_name.h"
#include "services/intake/api/inbound_service.h"
#include "services/intake/api/page_token.h"
#include "services/intake/api/submit.h"
#include "services/intake/projection/tables.h"

namespace redress::intake {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Caller CallerWith(event::v1::Actor::Kind kind, std::set<std::string, std::less<>> roles) {
  return {kind, "caller-1", std::move(roles), false};
}

TEST(Roles, WhatIsNotInTheTableNobodyMayCall) {
  const Caller agent = CallerWith(event::v1::Actor::PERSON, {"agent"});
  EXPECT_EQ(*AllowedRole(agent, "ComplaintService/AddNote"), "agent");
  EXPECT_EQ(ReasonOf(AllowedRole(agent, "ComplaintService/AssignComplaint").status()),
            reason::kRoleRequired);
  EXPECT_EQ(ReasonOf(AllowedRole(agent, "ComplaintService/Unheard").status()),
            reason::kRoleRequired);
}

TEST(Roles, AComplainantMaySubmitAndReadNothing) {
  const Caller complainant = CallerWith(event::v1::Actor::COMPLAINANT, {});
  EXPECT_TRUE(AllowedRole(complainant, "ComplaintService/SubmitComplaint").ok());
  EXPECT_FALSE(AllowedRole(complainant, "ComplaintService/GetComplaint").ok());
}

TEST(Roles, MethodsAreNamedWithoutPackage) {
  EXPECT_EQ(ShortMethod("/redress.intake.v1.ComplaintService/AddNote"), "ComplaintService/AddNote");
}

TEST(Submit, TheSourceIdIsTheIdentityWhoeverCallsWithWhateverKey) {
  v1::SubmitComplaintRequest request;
  request.set_request_id("a");
  const Caller one = CallerWith(event::v1::Actor::API_CLIENT, {});
  Caller two = one;
  two.id = "caller-2";
  EXPECT_NE(IdentityOf(request, "secret", one).complaint,
            IdentityOf(request, "secret", two).complaint);
  request.mutable_source_id()->set_source("s");
  request.mutable_source_id()->set_row_key("1");
  const SubmitIdentity first = IdentityOf(request, "secret", one);
  request.set_request_id("b");
  EXPECT_EQ(IdentityOf(request, "secret", two).complaint, first.complaint);
  EXPECT_EQ(IdentityOf(request, "secret", two).request, first.request);
  EXPECT_NE(IdentityOf(request, "other secret", one).complaint, first.complaint);
}

TEST(Submit, AComplaintWithoutTextDeclaresItsCategory) {
  v1::SubmitComplaintRequest request;
  const Caller caller = CallerWith(event::v1::Actor::API_CLIENT, {});
  EXPECT_EQ(FieldViolationsOf(CheckSubmit(request, caller, kNow)).size(), 1u);
  request.add_declared_category("delivery");
  EXPECT_TRUE(CheckSubmit(request, caller, kNow).ok());
}

TEST(Submit, ATimeOfReceiptInThePastNeedsTheRoleBackdate) {
  v1::SubmitComplaintRequest request;
  request.set_text("text");
  request.mutable_received_at()->set_seconds(absl::ToUnixSeconds(kNow) - 60);
  EXPECT_EQ(ReasonOf(CheckSubmit(request, CallerWith(event::v1::Actor::PERSON, {"agent"}), kNow)),
            reason::kRoleRequired);
  EXPECT_TRUE(
      CheckSubmit(request, CallerWith(event::v1::Actor::PERSON, {"agent", "backdate"}), kNow).ok());
  request.mutable_received_at()->set_seconds(absl::ToUnixSeconds(kNow) + 60);
  EXPECT_TRUE(absl::IsInvalidArgument(
      CheckSubmit(request, CallerWith(event::v1::Actor::PERSON, {"agent", "backdate"}), kNow)));
}

TEST(Submit, WhatAPersonTypedIsSealed) {
  v1::SubmitComplaintRequest request;
  request.set_text("the text");
  request.set_requested_remedy("Send my money back to me");
  request.mutable_complainant()->set_name("Imogen Hartley");
  auto* field = request.add_fields();
  field->set_field_id("iban");
  field->set_text("GB00 1234");
  field->set_personal(true);
  const ReceiveInput input = OpeningOf(request, HashedId<ComplaintId>({"c"}), "secret");
  const std::string clear = input.received.SerializeAsString();
  for (const char* typed : {"the text", "Send my money", "Imogen", "GB00"}) {
    EXPECT_EQ(clear.find(typed), std::string::npos) << typed;
    EXPECT_NE(input.personal.SerializeAsString().find(typed), std::string::npos) << typed;
  }
}

TEST(Commands, TheHashOfACommandLeavesOutEtagTokenAndRequestId) {
  v1::AddNoteRequest request;
  request.set_complaint("c");
  request.set_text("note");
  const ContentHash hash = KeysOf(request).hash;
  request.set_request_id("1");
  request.set_etag("e");
  request.set_consistency_token("t");
  EXPECT_EQ(KeysOf(request).hash, hash);
  EXPECT_EQ(KeysOf(request).request_id, "1");
  request.set_text("other note");
  EXPECT_NE(KeysOf(request).hash, hash);
}

TEST(Names, AWrongCheckCharacterIsNoName) {
  std::string code = TrackingCodeOf(HashedId<ComplaintId>({"c"}));
  EXPECT_EQ(ParseComplaintName(code)->code, code);
  code.back() = code.back() == '7' ? '8' : '7';
  const auto wrong = FieldViolationsOf(ParseComplaintName(code).status());
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].field, "complaint");
}

TEST(Pages, ATokenIsGoodForItsOwnQuestionOnly) {
  v1::ListComplaintsRequest request;
  const std::string token = MakePageToken(QuestionOf(request), "place");
  request.set_page_size(7);
  EXPECT_EQ(*ReadPageToken(QuestionOf(request), token), "place");
  request.mutable_filter()->add_levels(2);
  EXPECT_TRUE(absl::IsInvalidArgument(ReadPageToken(QuestionOf(request), token).status()));
}

TEST(Publish, AnItemWithoutKeyGetsThatOfItsThread) {
  v1::PublishRequest::Item item;
  item.mutable_item()->mutable_message()->set_account_id("mail:care");
  EXPECT_TRUE(absl::IsInvalidArgument(RecordOfItem(item, "secret", kNow).status()));
  item.mutable_item()->mutable_personal()->set_thread_key("t1");
  const auto record = RecordOfItem(item, "secret", kNow);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(*record->key, ThreadOf("secret", "mail:care", "t1").ToBytes());
  EXPECT_EQ(InboundPartition(*record->key, 16), InboundPartition(*record->key, 16));
}

TEST(Publish, MoreThanOneMebibyteIsRefused) {
  v1::PublishRequest::Item item;
  item.set_key("k");
  item.set_value(std::string(1 << 20, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(RecordOfItem(item, "secret", kNow).status()));
}

}  // namespace
}  // namespace redress::intake
