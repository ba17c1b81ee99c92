#include "services/intake/view/complaint_texts.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "libs/api/proto_time.h"
#include "libs/base/text.h"
#include "libs/base/utf8.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/ownership.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::intake {
namespace {

std::string HexOf(const std::string& id) { return EventId::FromBytesOrNone(id).ToHex(); }

template <typename Payload, typename Personal>
struct Decoded {
  Payload payload;
  Personal personal;
};
template <typename Payload, typename Personal>
std::optional<Decoded<Payload, Personal>> As(const HistoryStep& step) {
  if (step.event.type() != PayloadOf<Payload>().number) return std::nullopt;
  Decoded<Payload, Personal> decoded;
  if (!decoded.payload.ParseFromString(step.event.payload())) return std::nullopt;
  ReadPersonal(step.event, &decoded.personal);
  return decoded;
}

void AddMessage(const event::v1::Message& message, const personal::v1::MessagePersonal& text,
                const event::v1::Header& header, const Directory& directory,
                api::v1::Complaint* out) {
  auto* view = out->add_messages();
  view->set_id(HexOf(message.message_id()));
  view->set_direction(message.direction());
  view->set_channel(message.channel());
  view->set_account(message.account_id());
  *view->mutable_sent_at() = ToTimestamp(header.occurred_at_us());
  view->set_subject(text.subject());
  view->set_body(text.body());
  view->mutable_purposes()->CopyFrom(message.purposes());
  view->set_auto_submitted(message.auto_submitted());
  if (!message.author_id().empty()) {
    view->set_author(directory.CodeOf(message.author_id()));
  } else if (message.direction() == event::v1::Message::OUTBOUND) {
    view->set_author(header.actor().id());
  }
}

void AddNote(const event::v1::Note& note, const personal::v1::NotePersonal& text,
             const event::v1::Header& header, api::v1::Complaint* out) {
  if (note.note_id().empty()) return;
  auto* view = out->add_notes();
  view->set_id(HexOf(note.note_id()));
  view->set_text(text.text());
  view->set_author(header.actor().id());
  *view->mutable_written_at() = ToTimestamp(header.recorded_at_us());
}

void SetFieldTexts(const google::protobuf::RepeatedPtrField<personal::v1::FieldPersonal>& values,
                   api::v1::Complaint* out) {
  for (const auto& value : values) {
    for (auto& field : *out->mutable_fields()) {
      if (field.field_id() == value.field_id() && field.personal()) field.set_text(value.text());
    }
  }
}

void AddOpening(
    const Decoded<event::v1::ComplaintReceived, personal::v1::ComplaintReceivedPersonal>& opening,
    const event::v1::Header& header, const Directory& directory, api::v1::Complaint* out) {
  const auto& [received, personal] = opening;
  for (const auto& party : received.parties()) {
    auto* view = out->add_parties();
    view->set_id(HexOf(party.party_id()));
    view->set_role(party.role());
    view->set_language(party.language());
    for (const auto& person : personal.parties()) {
      if (person.party_id() != party.party_id()) continue;
      view->set_name(person.name());
      for (const auto& contact : person.contacts()) {
        auto* shown = view->add_contacts();
        shown->set_kind(contact.kind());
        shown->set_value(contact.value());
      }
    }
  }
  if (const std::string& key = personal.first_message().source_message_key(); !key.empty()) {
    out->mutable_source()->set_source(!personal.source().empty() ? personal.source()
                                                                 : received.account_id());
    out->mutable_source()->set_row_key(key);
  }
  for (const std::string& ref : personal.order_refs()) out->add_order_refs(ref);
  if (!personal.requested_remedy_text().empty())
    out->set_requested_remedy(personal.requested_remedy_text());
  SetFieldTexts(personal.fields(), out);
  if (received.has_first_message()) {
    AddMessage(received.first_message(), personal.first_message(), header, directory, out);
  }
}

}  // namespace

void SetHeadline(const HistoryStep& opening, api::v1::Complaint* out) {
  const auto decoded =
      As<event::v1::ComplaintReceived, personal::v1::ComplaintReceivedPersonal>(opening);
  if (!decoded) return;
  const auto& message = decoded->personal.first_message();
  const std::string_view text = Std(
      absl::StripAsciiWhitespace(!message.subject().empty() ? message.subject() : message.body()));
  size_t end = 0;
  for (int n = 0; n < kHeadlineCharacters && end < text.size(); ++n) NextCodePoint(text, &end);
  std::string headline(text.substr(0, end));
  std::replace_if(
      headline.begin(), headline.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; },
      ' ');
  out->set_headline(headline);
}

void AddTexts(const HistoryStep& step, const Directory& directory, api::v1::Complaint* out) {
  const auto& header = step.event.header();
  if (const auto e =
          As<event::v1::ComplaintReceived, personal::v1::ComplaintReceivedPersonal>(step)) {
    AddOpening(*e, header, directory, out);
  } else if (const auto e = As<event::v1::MessageAdded, personal::v1::MessageAddedPersonal>(step)) {
    AddMessage(e->payload.message(), e->personal.message(), header, directory, out);
  } else if (const auto e = As<event::v1::NoteAdded, personal::v1::NoteAddedPersonal>(step)) {
    AddNote(e->payload.note(), e->personal.note(), header, out);
  } else if (const auto e =
                 As<event::v1::InvestigationStarted, personal::v1::InvestigationStartedPersonal>(
                     step)) {
    AddNote(e->payload.note(), e->personal.note(), header, out);
  } else if (const auto e =
                 As<event::v1::ComplaintQueued, personal::v1::ComplaintQueuedPersonal>(step)) {
    AddNote(e->payload.note(), e->personal.note(), header, out);
  } else if (const auto e =
                 As<event::v1::ComplaintAssigned, personal::v1::ComplaintAssignedPersonal>(step)) {
    AddNote(e->payload.note(), e->personal.note(), header, out);
  } else if (const auto e =
                 As<event::v1::ComplaintResolved, personal::v1::ComplaintResolvedPersonal>(step)) {
    AddMessage(e->payload.final_response(), e->personal.final_response(), header, directory, out);
  } else if (const auto e =
                 As<event::v1::FormFieldsSet, personal::v1::FormFieldsSetPersonal>(step)) {
    SetFieldTexts(e->personal.fields(), out);
  }
}

}  // namespace redress::intake
