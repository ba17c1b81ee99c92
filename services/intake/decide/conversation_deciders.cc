#include "services/intake/decide/conversation_deciders.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/domain/fold.h"
#include "services/intake/decide/preconditions.h"

namespace redress::intake {
event::v1::Message::Kind MessageKindOf(event::v1::Channel channel) {
  using event::v1::Message;
  switch (channel) {
    case event::v1::MAIL:
      return Message::MAIL_MESSAGE;
    case event::v1::PHONE:
      return Message::CALL;
    case event::v1::CHAT:
      return Message::CHAT_MESSAGE;
    case event::v1::SOCIAL:
      return Message::SOCIAL_POST;
    case event::v1::SHOP:
      return Message::VISIT;
    case event::v1::SMS:
      return Message::SMS_MESSAGE;
    case event::v1::LETTER:
      return Message::LETTER_MESSAGE;
    default:
      return Message::FORM;
  }
}

Decision DecideReceive(StateView&, bool exists, const CommandFacts& facts,
                       const ReceiveInput& input) {
  if (exists) return Refusal{event::v1::CommandRefused::EXISTS, {}};
  event::v1::ComplaintReceived received = input.received;
  personal::v1::ComplaintReceivedPersonal personal = input.personal;
  if (received.has_first_message())
    received.mutable_first_message()->set_message_id(InnerId(facts.request, "message"));
  for (int i = 0; i < received.parties_size(); ++i) {
    const std::string id = InnerId(facts.request, absl::StrCat("party", i));
    received.mutable_parties(i)->set_party_id(id);
    if (i < personal.parties_size()) personal.mutable_parties(i)->set_party_id(id);
  }
  if (received.received_at_us() == 0) received.set_received_at_us(facts.now_us);
  EventDraft draft = EventDraft::Of(std::move(received), personal.SerializeAsString());
  draft.occurred_at_us = input.occurred_at_us;
  draft.more_follows = input.more_follows;
  return draft;
}

Decision DecideAddMessage(StateView& view, const CommandFacts& facts,
                          const AddMessageInput& input) {
  if (auto refusal = CheckStage<event::v1::MessageAdded>(view)) return *refusal;
  event::v1::MessageAdded added;
  *added.mutable_message() = input.message;
  added.mutable_message()->set_message_id(InnerId(facts.request, "message"));
  if (added.message().thread() == 0) added.mutable_message()->set_thread(1);
  const auto& threads = view.thread().threads();
  const bool known = std::any_of(threads.begin(), threads.end(), [&](const auto& thread) {
    return thread.number() == added.message().thread();
  });
  if (!known && !threads.empty()) return Precondition("a conversation of this complaint");
  added.set_disposition(event::v1::MessageAdded::ATTACH);
  const bool inbound = input.message.direction() == event::v1::Message::INBOUND;
  added.set_by_complainant_side(inbound && input.by_complainant_side);
  if (input.waiting) {
    if (view.waiting().intervals_size() >= kMaxWaitingIntervals)
      return Limit("waiting intervals", kMaxWaitingIntervals);
    *added.mutable_waiting() = *input.waiting;
    added.mutable_waiting()->set_since_us(input.occurred_at_us != 0 ? input.occurred_at_us
                                                                    : facts.now_us);
  }
  personal::v1::MessageAddedPersonal personal;
  personal.mutable_message()->set_subject(input.subject);
  personal.mutable_message()->set_body(input.body);
  EventDraft draft = EventDraft::Of(std::move(added), personal.SerializeAsString());
  draft.occurred_at_us = input.occurred_at_us;
  return draft;
}

Decision DecideAddNote(const CommandFacts& facts, const AddNoteInput& input) {
  event::v1::NoteAdded added;
  added.mutable_note()->set_note_id(InnerId(facts.request, "note"));
  for (const std::string& mention : input.mentions) added.mutable_note()->add_mentions(mention);
  personal::v1::NoteAddedPersonal personal;
  personal.mutable_note()->set_text(input.text);
  return EventDraft::Of(std::move(added), personal.SerializeAsString());
}

Decision DecideSetFields(StateView& view, const SetFieldsInput& input) {
  const auto& record = view.record();
  event::v1::FormFieldsSet set;
  int added = 0;
  for (const auto& field : input.fields) {
    const auto it = std::find_if(
        record.fields().begin(), record.fields().end(),
        [&](const auto& value) { return value.field().field_id() == field.field_id(); });
    auto* revision = set.add_revisions();
    revision->set_field_id(field.field_id());
    revision->set_revision(it == record.fields().end() ? 0 : it->revision());
    if (it == record.fields().end()) ++added;
    *set.add_fields() = field;
  }
  if (record.fields_size() + added > kMaxFields) return Limit("fields", kMaxFields);
  const std::string personal =
      input.personal.fields().empty() ? "" : input.personal.SerializeAsString();
  return EventDraft::Of(std::move(set), personal);
}

Decision DecideStartWaiting(StateView& view, const CommandFacts& facts,
                            const event::v1::Waiting& waiting) {
  if (auto refusal = CheckStage<event::v1::WaitingStarted>(view)) return *refusal;
  const auto& intervals = view.waiting().intervals();
  for (const auto& interval : intervals) {
    if (interval.on() == waiting.on() && interval.to_us() == 0)
      return Precondition("not to be waiting on them yet");
  }
  if (intervals.size() >= kMaxWaitingIntervals)
    return Limit("waiting intervals", kMaxWaitingIntervals);
  event::v1::WaitingStarted started;
  *started.mutable_waiting() = waiting;
  started.mutable_waiting()->set_since_us(facts.now_us);
  started.mutable_waiting()->set_last_inbound(view.conversation().last_inbound_id());
  return EventDraft::Of(std::move(started));
}

Decision DecideEndWaiting(StateView& view, event::v1::Waiting::On on,
                          event::v1::WaitingEnded::Cause cause) {
  if (auto refusal = CheckStage<event::v1::WaitingEnded>(view)) return *refusal;
  for (const auto& interval : view.waiting().intervals()) {
    if (interval.to_us() != 0) continue;
    if (on != event::v1::Waiting::ON_UNSPECIFIED && interval.on() != on) continue;
    event::v1::WaitingEnded ended;
    ended.set_on(interval.on());
    ended.set_cause(cause == event::v1::WaitingEnded::CAUSE_UNSPECIFIED
                        ? event::v1::WaitingEnded::ANSWERED
                        : cause);
    return EventDraft::Of(std::move(ended));
  }
  return Precondition("to be waiting");
}

}  // namespace redress::intake
