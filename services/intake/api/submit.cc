#include "services/intake/api/submit.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/domain/payloads.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "services/intake/api/command_call.h"
#include "services/intake/api/request_check.h"
#include "services/intake/projection/tables.h"

namespace redress::intake {
namespace {

// A code may stand in clear; what a person typed is sealed.
bool IsCode(const std::string& text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                  c == '.';
         });
}

void CheckComplainant(const v1::Complainant& complainant, RequestCheck* check) {
  check->Text("complainant.name", complainant.name(), kMaxSubject);
  check->Code("complainant.language", complainant.language());
  if (complainant.contacts_size() > kMaxListed) {
    check->Add("complainant.contacts", absl::StrCat("at most ", kMaxListed, " are allowed"));
    return;
  }
  for (int i = 0; i < complainant.contacts_size(); ++i) {
    const auto& contact = complainant.contacts(i);
    const std::string at = absl::StrCat("complainant.contacts[", i, "]");
    const std::string& kind = contact.kind();
    if (kind != "mail" && kind != "phone" && kind != "handle" && kind != "address") {
      check->Add(at + ".kind", "one of mail, phone, handle, address");
    }
    check->Text(at + ".value", contact.value(), kMaxSubject, true);
  }
}

void Submit(IntakeCore* core, const CallContext& call, const v1::SubmitComplaintRequest& request,
            const std::string& role, Done<v1::SubmitComplaintResponse> done_once) {
  auto done = std::make_shared<Done<v1::SubmitComplaintResponse>>(std::move(done_once));
  const absl::Status checked = CheckSubmit(request, call.caller(), core->clock().Now());
  if (!checked.ok()) return (*done)(checked);
  const SubmitIdentity identity = IdentityOf(request, core->secret(), call.caller());
  const CommandKeys keys = KeysOf(request);
  Command command;
  command.stream = identity.complaint;
  command.request = identity.request;
  command.may_open = true;
  command.command_hash = keys.hash;
  command.actor = call.caller().ToActor(role);
  command.origin = request.has_source_id() ? event::v1::IMPORT : event::v1::LIVE;
  command.type = PayloadOf<event::v1::ComplaintReceived>().number;
  command.deadline = call.deadline();
  auto policy = std::make_shared<ContentHash>();
  auto copy = std::make_shared<const v1::SubmitComplaintRequest>(request);
  command.decide = [core, copy, identity, policy](
                       StateView& view, const CommandContext& context) -> absl::StatusOr<Decision> {
    REDRESS_ASSIGN_OR_RETURN(*policy, PolicyFor(*copy, core->directory(), context.now));
    const bool exists = context.complaint != nullptr && context.complaint->head.exists();
    return DecideReceive(view, exists, CommandFacts{identity.request, ToMicros(context.now)},
                         OpeningOf(*copy, identity.complaint, core->secret()));
  };
  command.policy = [policy] { return *policy; };
  auto answer = [core, done](absl::StatusOr<CommandOutcome> outcome) {
    if (!outcome.ok()) return (*done)(outcome.status());
    const LogId log = core->log().log_id();
    if (outcome->refused && outcome->replayed) {
      auto refusal = core->RefusalOf(*outcome);
      if (!refusal.ok()) return (*done)(refusal.status());
      outcome->refusal = *refusal;
    }
    if (outcome->refused) return (*done)(RefusedStatus(outcome->refusal));
    v1::SubmitComplaintResponse response;
    response.set_complaint_id(outcome->stream.ToHex());
    response.set_tracking_code(TrackingCodeOf(outcome->stream));
    response.set_replayed(outcome->replayed);
    response.set_consistency_token(TokenOf(*outcome, log));
    response.set_etag(FormatEtag({log, outcome->stream, outcome->version}));
    response.set_event_id(outcome->event.ToHex());
    (*done)(std::move(response));
  };
  WhenReached(core, keys.consistency_token, call.deadline(),
              [core, done, command = std::move(command), answer](absl::Status reached) mutable {
                if (!reached.ok()) return (*done)(reached);
                core->Submit(std::move(command), answer);
              });
}

}  // namespace

absl::Status CheckSubmit(const v1::SubmitComplaintRequest& request, const Caller& caller,
                         absl::Time now) {
  RequestCheck check;
  check.Text("text", request.text(), kMaxBody);
  if (request.text().empty() && request.declared_category().empty() && request.labels().empty()) {
    check.Add("text", "required, unless declared_category or labels are given");
  }
  check.Text("subject", request.subject(), kMaxSubject);
  check.Enum("channel", request.channel(), event::v1::Channel_IsValid);
  check.Code("account", request.account());
  CheckComplainant(request.complainant(), &check);
  check.Code("product_line", request.product_line());
  check.Code("region", request.region());
  check.Code("legal_entity", request.legal_entity());
  if (request.has_amount()) check.Money("amount", request.amount());
  check.Codes("order_refs", request.order_refs());
  check.Codes("declared_category", request.declared_category());
  if (request.declared_category_size() > 3) check.Add("declared_category", "one to three codes");
  check.Fields("fields", request.fields());
  check.Codes("labels", request.labels());
  check.Text("requested_remedy", request.requested_remedy(), kMaxText);
  check.Code("language", request.language());
  if (request.has_source_id()) {
    check.Code("source_id.source", request.source_id().source(), true);
    check.Text("source_id.row_key", request.source_id().row_key(), kMaxSubject, true);
  }
  const int64_t received =
      check.PastTime("received_at", request.has_received_at(), request.received_at(), now);
  check.PastTime("occurred_at", request.has_occurred_at(), request.occurred_at(), now);
  REDRESS_RETURN_IF_ERROR(check.ToStatus());
  return received != 0 && received < ToMicros(now) ? RequireRole(caller, "backdate")
                                                   : absl::OkStatus();
}

SubmitIdentity IdentityOf(const v1::SubmitComplaintRequest& request, std::string_view secret,
                          const Caller& caller) {
  const auto& source = request.source_id();
  if (request.has_source_id()) {
    return {
        KeyedId<ComplaintId>(secret, {"complaint-of-source", source.source(), source.row_key()}),
        HashedId<RequestId>({"command", "submit", source.source(), source.row_key()})};
  }
  const auto complaint =
      KeyedId<ComplaintId>(secret, {"complaint-of-request", caller.id, request.request_id()});
  return {complaint,
          RequestIdOf(caller, "ComplaintService/SubmitComplaint", complaint, request.request_id())};
}

ReceiveInput OpeningOf(const v1::SubmitComplaintRequest& request, const ComplaintId& complaint,
                       std::string_view secret) {
  ReceiveInput input;
  auto& received = input.received;
  const auto channel =
      request.channel() != event::v1::CHANNEL_UNSPECIFIED ? request.channel() : event::v1::API;
  received.set_tracking_code(TrackingCodeOf(complaint));
  received.set_channel(channel);
  received.set_account_id(request.account());
  received.set_origin(request.has_source_id() ? event::v1::ComplaintReceived::IMPORTED
                                              : event::v1::ComplaintReceived::DIRECT);
  if (request.has_received_at()) received.set_received_at_us(FromTimestamp(request.received_at()));
  auto* party = received.add_parties();
  party->set_role(event::v1::Party::COMPLAINANT);
  party->set_language(!request.complainant().language().empty() ? request.complainant().language()
                                                                : request.language());
  party->set_preferred_channel(channel);
  auto* person = input.personal.add_parties();
  person->set_name(request.complainant().name());
  for (const auto& contact : request.complainant().contacts()) {
    auto* stored = person->add_contacts();
    stored->set_kind(contact.kind());
    stored->set_value(contact.value());
  }
  if (!request.text().empty() || !request.subject().empty()) {
    auto* message = received.mutable_first_message();
    message->set_direction(event::v1::Message::INBOUND);
    message->set_kind(MessageKindOf(channel));
    message->set_channel(channel);
    message->set_account_id(request.account());
    message->set_thread(1);
    message->set_language(request.language());
    input.personal.mutable_first_message()->set_subject(request.subject());
    input.personal.mutable_first_message()->set_body(request.text());
  }
  for (const auto& field : request.fields()) {
    auto* stored = received.add_fields();
    *stored = field;
    if (!field.personal()) continue;
    stored->clear_text();
    auto* sealed = input.personal.add_fields();
    sealed->set_field_id(field.field_id());
    sealed->set_text(field.text());
  }
  received.set_product_line(request.product_line());
  received.set_region(request.region());
  received.set_legal_entity(request.legal_entity());
  if (request.has_amount()) *received.mutable_amount() = request.amount();
  *received.mutable_declared_category() = request.declared_category();
  *received.mutable_source_codes() = request.labels();
  *input.personal.mutable_order_refs() = request.order_refs();
  if (IsCode(request.requested_remedy())) {
    received.set_requested_remedy(request.requested_remedy());
  } else {
    input.personal.set_requested_remedy_text(request.requested_remedy());
  }
  received.set_screening(event::v1::ComplaintReceived::PASSED);
  if (request.has_source_id()) {
    input.personal.set_source(request.source_id().source());
    input.personal.mutable_first_message()->set_source_message_key(request.source_id().row_key());
    received.set_source_item(
        ItemOfSource(secret, request.source_id().source(), request.source_id().row_key())
            .ToBytes());
  }
  if (request.has_occurred_at()) input.occurred_at_us = FromTimestamp(request.occurred_at());
  input.more_follows = request.more_follows();
  return input;
}

absl::StatusOr<ContentHash> PolicyFor(const v1::SubmitComplaintRequest& request,
                                      const Directory& directory, absl::Time now) {
  const ContentHash manifest = directory.ActivePolicy(request.region(), ToMicros(now));
  if (!manifest) {
    return MakeError(absl::StatusCode::kUnavailable, reason::kNoPolicy,
                     "no policy is active yet: publish and activate one, then submit again");
  }
  if (request.declared_category().empty()) return manifest;
  const auto policy = directory.FindPolicy(manifest);
  if (policy == nullptr) {
    return MakeError(absl::StatusCode::kUnavailable, reason::kNoPolicy,
                     "the active policy is not read completely yet");
  }
  const std::string path = absl::StrJoin(request.declared_category(), "/");
  if (policy->FindCategory(path) == nullptr) {
    return InvalidField("declared_category",
                        absl::StrCat("\"", path, "\" is no category of the active policy"));
  }
  return manifest;
}

void AddSubmit(IntakeCore* core, RpcService* service) {
  service->Unary<v1::SubmitComplaintRequest, v1::SubmitComplaintResponse>(
      "SubmitComplaint", {},
      [core](const CallContext& call, const v1::SubmitComplaintRequest& request,
             Done<v1::SubmitComplaintResponse> done) {
        auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
        if (!role.ok()) return done(role.status());
        Submit(core, call, request, *role, std::move(done));
      });
}

}  // namespace redress::intake
