#include "services/intake/take_in/opening.h"

#include <algorithm>

#include "libs/base/hash.h"
#include "redress/event/v1/intake.pb.h"
#include "services/intake/decide/conversation_deciders.h"

namespace redress::intake {
namespace {

event::v1::Message MessageOf(const personal::v1::InboundItem& item, const RequestId& request,
                             uint32_t thread) {
  event::v1::Message message;
  message.set_message_id(InnerId(request, "message"));
  message.set_direction(event::v1::Message::INBOUND);
  const auto kind = item.message().kind();
  message.set_kind(kind != event::v1::Message::KIND_UNSPECIFIED
                       ? kind
                       : MessageKindOf(item.message().channel()));
  message.set_channel(item.message().channel());
  message.set_account_id(item.message().account_id());
  message.set_thread(thread);
  message.set_language(item.message().language());
  message.set_auto_submitted(item.message().auto_submitted());
  return message;
}

personal::v1::MessagePersonal TextOf(const personal::v1::InboundMessagePersonal& item) {
  personal::v1::MessagePersonal text;
  text.set_thread_key(item.thread_key());
  text.set_source_message_key(item.source_message_key());
  text.set_subject(item.subject());
  text.set_body(item.body());
  return text;
}

}  // namespace

EventDraft OpenComplaint(const personal::v1::InboundItem& item, const ComplaintId& complaint,
                         const ItemOrigin& origin) {
  const auto& message = item.message();
  event::v1::ComplaintReceived received;
  received.set_tracking_code(TrackingCodeOf(complaint));
  received.set_channel(message.channel());
  received.set_account_id(message.account_id());
  received.set_origin(event::v1::ComplaintReceived::DIRECT);
  received.set_received_at_us(message.received_at_us() != 0 ? message.received_at_us()
                                                            : origin.now_us);
  auto* party = received.add_parties();
  party->set_party_id(InnerId(origin.request, "complainant"));
  party->set_role(event::v1::Party::COMPLAINANT);
  party->set_language(message.language());
  party->set_preferred_channel(message.channel());
  *received.mutable_first_message() = MessageOf(item, origin.request, 1);
  received.mutable_fields()->CopyFrom(message.fields());
  received.set_product_line(message.product_line());
  received.set_region(message.region());
  received.set_legal_entity(message.legal_entity());
  if (message.has_amount()) *received.mutable_amount() = message.amount();
  received.mutable_source_codes()->CopyFrom(message.labels());
  received.set_screening(event::v1::ComplaintReceived::PASSED);
  received.set_source_item(origin.item.ToBytes());
  received.set_thread_token(origin.thread.ToBytes());

  personal::v1::ComplaintReceivedPersonal personal;
  *personal.mutable_first_message() = TextOf(item.personal());
  auto* complainant = personal.add_parties();
  complainant->set_party_id(party->party_id());
  complainant->set_name(item.personal().sender_name());
  complainant->mutable_contacts()->CopyFrom(item.personal().sender_contacts());
  personal.mutable_fields()->CopyFrom(item.personal().fields());
  personal.mutable_order_refs()->CopyFrom(item.personal().order_refs());

  EventDraft draft = EventDraft::Of(std::move(received), personal.SerializeAsString());
  draft.occurred_at_us =
      message.sent_at_us() != 0 ? std::min(message.sent_at_us(), origin.now_us) : 0;
  return draft;
}

EventDraft AddInboundMessage(const personal::v1::InboundItem& item, StateView& view,
                             const ItemOrigin& origin) {
  const std::string token = origin.thread.ToBytes();
  event::v1::MessageAdded added;
  uint32_t last = 0;
  uint32_t number = 0;
  for (const auto& thread : view.thread().threads()) {
    last = std::max(last, thread.number());
    if (thread.token() == token) number = thread.number();
  }
  if (number == 0) {
    number = last + 1;
    added.mutable_thread()->set_number(number);
    added.mutable_thread()->set_token(token);
  }
  *added.mutable_message() = MessageOf(item, origin.request, number);
  added.set_disposition(event::v1::MessageAdded::ATTACH);
  added.set_source_item(origin.item.ToBytes());
  added.set_by_complainant_side(true);
  personal::v1::MessageAddedPersonal personal;
  *personal.mutable_message() = TextOf(item.personal());
  EventDraft draft = EventDraft::Of(std::move(added), personal.SerializeAsString());
  const int64_t sent = item.message().sent_at_us() != 0 ? item.message().sent_at_us()
                                                        : item.message().received_at_us();
  draft.occurred_at_us = sent != 0 ? std::min(sent, origin.now_us) : 0;
  return draft;
}

}  // namespace redress::intake
