// Messages, notes, fields, waiting.
#include "absl/strings/str_cat.h"
#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/domain/payloads.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "services/intake/api/command_call.h"
#include "services/intake/api/request_check.h"
#include "services/intake/api/submit.h"
#include "services/intake/decide/conversation_deciders.h"

namespace redress::intake {
namespace {

using event::v1::Waiting;

Waiting WaitingOf(const v1::WaitingSpec& spec, absl::Time now, RequestCheck* check) {
  check->Enum("waiting.on", spec.on(), Waiting::On_IsValid, true);
  check->Code("waiting.reason", spec.reason());
  Waiting waiting;
  waiting.set_on(spec.on());
  waiting.set_reason(spec.reason());
  waiting.set_until_us(check->FutureTime("waiting.until", spec.has_until(), spec.until(), now));
  return waiting;
}

absl::StatusOr<PreparedCommand> PrepareMessage(IntakeCore* core, const CallContext& call,
                                               const v1::AddMessageRequest& request) {
  const absl::Time now = core->clock().Now();
  RequestCheck check;
  check.Enum("direction", request.direction(), event::v1::Message::Direction_IsValid, true);
  check.Enum("channel", request.channel(), event::v1::Channel_IsValid);
  check.Code("account", request.account());
  check.Text("subject", request.subject(), kMaxSubject);
  check.Text("body", request.body(), kMaxBody, true);
  const bool outbound = request.direction() == event::v1::Message::OUTBOUND;
  if (!outbound && request.purposes_size() > 0)
    check.Add("purposes", "only of an outbound message");
  if (!outbound && request.has_waiting())
    check.Add("waiting", "starts with an outbound message only");
  for (int i = 0; i < request.purposes_size(); ++i) {
    check.Enum(absl::StrCat("purposes[", i, "]"), request.purposes(i), event::v1::Purpose_IsValid,
               true);
  }
  AddMessageInput input;
  if (request.has_waiting()) input.waiting = WaitingOf(request.waiting(), now, &check);
  input.occurred_at_us =
      check.PastTime("occurred_at", request.has_occurred_at(), request.occurred_at(), now);
  input.message.set_author_id(check.Id("author", request.author()));
  input.message.set_in_reply_to(check.Id("in_reply_to", request.in_reply_to()));
  if (!check.ok()) return check.ToStatus();
  const auto channel =
      request.channel() != event::v1::CHANNEL_UNSPECIFIED ? request.channel() : event::v1::API;
  input.message.set_direction(request.direction());
  input.message.set_kind(MessageKindOf(channel));
  input.message.set_channel(channel);
  input.message.set_account_id(request.account());
  *input.message.mutable_purposes() = request.purposes();
  if (outbound && input.message.author_id().empty() &&
      call.caller().kind == event::v1::Actor::PERSON &&
      core->directory().FindAgent(call.caller().id) != nullptr) {
    input.message.set_author_id(EntityIdOf("agent", call.caller().id).ToBytes());
  }
  input.subject = request.subject();
  input.body = request.body();
  return PreparedCommand{
      PayloadOf<event::v1::MessageAdded>().number,
      [input](StateView& view, const CommandFacts& facts, const CommandContext&) {
        return DecideAddMessage(view, facts, input);
      }};
}

absl::StatusOr<PreparedCommand> PrepareNote(IntakeCore* core, const CallContext&,
                                            const v1::AddNoteRequest& request) {
  RequestCheck check;
  check.Text("text", request.text(), kMaxText, true);
  check.Codes("mentions", request.mentions());
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{
      PayloadOf<event::v1::NoteAdded>().number,
      [core, request](StateView&, const CommandFacts& facts,
                      const CommandContext&) -> absl::StatusOr<Decision> {
        AddNoteInput input{{}, request.text()};
        for (int i = 0; i < request.mentions_size(); ++i) {
          if (core->directory().FindAgent(request.mentions(i)) == nullptr) {
            return InvalidField(absl::StrCat("mentions[", i, "]"), "no such agent");
          }
          input.mentions.push_back(EntityIdOf("agent", request.mentions(i)).ToBytes());
        }
        return DecideAddNote(facts, input);
      }};
}

absl::StatusOr<PreparedCommand> PrepareFields(IntakeCore*, const CallContext&,
                                              const v1::SetFieldsRequest& request) {
  RequestCheck check;
  if (request.fields().empty()) check.Add("fields", "at least one");
  check.Fields("fields", request.fields());
  if (!check.ok()) return check.ToStatus();
  SetFieldsInput input;
  for (event::v1::Field field : request.fields()) {
    if (field.personal()) {
      auto* sealed = input.personal.add_fields();
      sealed->set_field_id(field.field_id());
      sealed->set_text(field.text());
      field.clear_text();
    }
    input.fields.push_back(std::move(field));
  }
  return PreparedCommand{PayloadOf<event::v1::FormFieldsSet>().number,
                         [input](StateView& view, const CommandFacts&, const CommandContext&) {
                           return DecideSetFields(view, input);
                         }};
}

absl::StatusOr<PreparedCommand> PrepareStartWaiting(IntakeCore* core, const CallContext&,
                                                    const v1::StartWaitingRequest& request) {
  RequestCheck check;
  const Waiting waiting = WaitingOf(request.waiting(), core->clock().Now(), &check);
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{
      PayloadOf<event::v1::WaitingStarted>().number,
      [waiting](StateView& view, const CommandFacts& facts, const CommandContext&) {
        return DecideStartWaiting(view, facts, waiting);
      }};
}

absl::StatusOr<PreparedCommand> PrepareEndWaiting(IntakeCore*, const CallContext&,
                                                  const v1::EndWaitingRequest& request) {
  RequestCheck check;
  check.Enum("on", request.on(), Waiting::On_IsValid);
  check.Enum("cause", request.cause(), event::v1::WaitingEnded::Cause_IsValid);
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{PayloadOf<event::v1::WaitingEnded>().number,
                         [on = request.on(), cause = request.cause()](
                             StateView& view, const CommandFacts&, const CommandContext&) {
                           return DecideEndWaiting(view, on, cause);
                         }};
}

}  // namespace

void AddConversationCommands(IntakeCore* core, RpcService* service) {
  AddCommand<v1::AddMessageRequest>(core, service, "AddMessage", PrepareMessage);
  AddCommand<v1::AddNoteRequest>(core, service, "AddNote", PrepareNote);
  AddCommand<v1::SetFieldsRequest>(core, service, "SetFields", PrepareFields);
  AddCommand<v1::StartWaitingRequest>(core, service, "StartWaiting", PrepareStartWaiting);
  AddCommand<v1::EndWaitingRequest>(core, service, "EndWaiting", PrepareEndWaiting);
}

}  // namespace redress::intake
