#include "services/intake/api/command_call.h"

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "services/intake/api/complaint_name.h"

namespace redress::intake {
namespace {

using google::protobuf::Message;

std::string TakeString(Message* request, const char* name) {
  const auto* field = request->GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING)
    return "";
  std::string value = request->GetReflection()->GetString(*request, field);
  request->GetReflection()->ClearField(request, field);
  return value;
}

}  // namespace

CommandKeys KeysOf(const Message& request) {
  const std::unique_ptr<Message> rest(request.New());
  rest->CopyFrom(request);
  CommandKeys keys;
  keys.request_id = TakeString(rest.get(), "request_id");
  keys.etag = TakeString(rest.get(), "etag");
  keys.consistency_token = TakeString(rest.get(), "consistency_token");
  keys.hash = HashOf(rest->SerializeAsString());
  return keys;
}

RequestId RequestIdOf(const Caller& caller, std::string_view method, const StreamId& stream,
                      std::string_view key) {
  return HashedId<RequestId>({"command", caller.id, method, stream.bytes(), key});
}

absl::StatusOr<std::optional<Etag>> EtagOf(const std::string& text, const LogId& log,
                                           const StreamId& stream) {
  if (text.empty()) return std::nullopt;
  const auto etag = ParseEtag(text);
  if (!etag.ok()) return InvalidField("etag", "not an etag of this system");
  if (etag->log != log || etag->stream != stream)
    return InvalidField("etag", "of another complaint, entity or log");
  return *etag;
}

std::string TokenOf(const CommandOutcome& outcome, const LogId& log) {
  return FormatToken({log, {{outcome.place, outcome.offset.Next()}}});
}

absl::Status RefusedStatus(const Refusal& refusal) {
  std::string message = absl::StrCat("refused: ", Absl(RefusalName(refusal.code)));
  for (const auto& [name, value] : refusal.facts) absl::StrAppend(&message, ", ", name, " ", value);
  const auto code = absl::StatusCode::kFailedPrecondition;
  const std::string_view reason = RefusalName(refusal.code);
  const auto& facts = refusal.facts;
  // Metadata is an initializer list; no refusal has more than two facts.
  if (facts.empty()) return MakeError(code, reason, message);
  if (facts.size() == 1)
    return MakeError(code, reason, message, {{facts[0].first, facts[0].second}});
  return MakeError(code, reason, message,
                   {{facts[0].first, facts[0].second}, {facts[1].first, facts[1].second}});
}

absl::StatusOr<api::v1::CommandAnswer> AnswerOf(const CommandOutcome& outcome, const LogId& log) {
  if (outcome.refused) return RefusedStatus(outcome.refusal);
  api::v1::CommandAnswer answer;
  answer.set_stream_id(outcome.stream.ToHex());
  answer.set_event_id(outcome.event.ToHex());
  answer.set_etag(FormatEtag({log, outcome.stream, outcome.version}));
  answer.set_consistency_token(TokenOf(outcome, log));
  answer.set_replayed(outcome.replayed);
  return answer;
}

absl::StatusOr<api::v1::CommandAnswer> AnswerOf(IntakeCore* core,
                                                absl::StatusOr<CommandOutcome> outcome) {
  REDRESS_RETURN_IF_ERROR(outcome.status());
  if (outcome->refused && outcome->replayed) {
    REDRESS_ASSIGN_OR_RETURN(outcome->refusal, core->RefusalOf(*outcome));
  }
  return AnswerOf(*outcome, core->log().log_id());
}

void RunComplaintCommand(IntakeCore* core, const CallContext& call, std::string_view complaint,
                         CommandKeys keys, const std::string& role, PreparedCommand prepared,
                         Done<api::v1::CommandAnswer> done_once) {
  auto done = std::make_shared<Done<api::v1::CommandAnswer>>(std::move(done_once));
  const auto name = ParseComplaintName(complaint);
  if (!name.ok()) return (*done)(name.status());
  if (prepared.person_needs_etag && keys.etag.empty() &&
      call.caller().kind == event::v1::Actor::PERSON) {
    return (*done)(
        InvalidField("etag", "required: say which state of the complaint the decision rests on"));
  }
  Command command;
  command.type = prepared.type;
  command.command_hash = keys.hash;
  command.actor = call.caller().ToActor(role);
  command.deadline = call.deadline();
  const std::string token = keys.consistency_token;
  WhenReached(
      core, token, call.deadline(),
      [=, keys = std::move(keys), prepared = std::move(prepared), command = std::move(command),
       name = *name](absl::Status reached) {
        if (!reached.ok()) return (*done)(reached);
        ResolveName(core, name, call.deadline(), [=](absl::StatusOr<ComplaintId> id) {
          if (!id.ok()) return (*done)(id.status());
          auto etag = EtagOf(keys.etag, core->log().log_id(), *id);
          if (!etag.ok()) return (*done)(etag.status());
          Command ready = command;
          ready.stream = *id;
          ready.etag = *etag;
          ready.request =
              RequestIdOf(call.caller(), ShortMethod(call.method()), *id, keys.request_id);
          const RequestId request = ready.request;
          auto policy = std::make_shared<ContentHash>();
          ready.decide = [decide = prepared.decide, request, policy](
                             StateView& view, const CommandContext& context) {
            if (context.complaint != nullptr) {
              *policy = ContentHash::FromBytesOrNone(context.complaint->state.policy().manifest());
            }
            return decide(view, CommandFacts{request, ToMicros(context.now)}, context);
          };
          ready.policy = [policy] { return *policy; };
          core->Submit(std::move(ready), [core, done](absl::StatusOr<CommandOutcome> outcome) {
            (*done)(AnswerOf(core, std::move(outcome)));
          });
        });
      });
}

}  // namespace redress::intake
