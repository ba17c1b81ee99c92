// One command of a caller on its way: checked, named, decided by the command path, answered with
// its one outcome. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libs/rpc/service.h"
#include "redress/api/v1/common.pb.h"
#include "services/intake/api/intake_core.h"
#include "services/intake/api/roles.h"
#include "services/intake/decide/command_facts.h"

namespace redress::intake {

// What every command says beside what it wants.
struct CommandKeys {
  std::string request_id;
  std::string etag;
  std::string consistency_token;
  // Of the request without these three: the same request id with another body is told apart by it.
  ContentHash hash;
};
// Reads them by name; a request type without etag has none.
CommandKeys KeysOf(const google::protobuf::Message& request);

using DecideComplaint =
    std::function<absl::StatusOr<Decision>(StateView&, const CommandFacts&, const CommandContext&)>;

// What a request asks for, after it was checked.
struct PreparedCommand {
  // Number of the payload type.
  uint32_t type = 0;
  // Runs on the service's thread, any number of times. An error is answered at once and is not
  // final.
  DecideComplaint decide;
  // A person must say which state the decision rests on.
  bool person_needs_etag = false;
};

// Runs a command on a complaint that exists; `role` is the one that the caller acts in.
void RunComplaintCommand(IntakeCore* core, const CallContext& call, std::string_view complaint,
                         CommandKeys keys, const std::string& role, PreparedCommand prepared,
                         Done<api::v1::CommandAnswer> done);

// Request id of a caller's key (architecture §3): the same key on two streams is two requests.
RequestId RequestIdOf(const Caller& caller, std::string_view method, const StreamId& stream,
                      std::string_view key);

// INVALID_ARGUMENT when it is no etag of this stream.
absl::StatusOr<std::optional<Etag>> EtagOf(const std::string& text, const LogId& log,
                                           const StreamId& stream);

// The outcome as answered: FAILED_PRECONDITION with the code as reason when it is a refusal.
absl::StatusOr<api::v1::CommandAnswer> AnswerOf(const CommandOutcome& outcome, const LogId& log);
[[nodiscard]] absl::Status RefusedStatus(const Refusal& refusal);
// The same on the service's thread; a refusal that an earlier call was given is read back from the
// log.
absl::StatusOr<api::v1::CommandAnswer> AnswerOf(IntakeCore* core,
                                                absl::StatusOr<CommandOutcome> outcome);
// The token that covers the event of an outcome.
std::string TokenOf(const CommandOutcome& outcome, const LogId& log);

// Adds a method to the table: role, then `prepare` (the checks of this request), then the command.
template <typename Request, typename Prepare>
void AddCommand(IntakeCore* core, RpcService* service, std::string_view name, Prepare prepare) {
  service->Unary<Request, api::v1::CommandAnswer>(
      name, {},
      [core, prepare](const CallContext& call, const Request& request,
                      Done<api::v1::CommandAnswer> done) {
        auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
        if (!role.ok()) return done(role.status());
        absl::StatusOr<PreparedCommand> prepared = prepare(core, call, request);
        if (!prepared.ok()) return done(prepared.status());
        RunComplaintCommand(core, call, request.complaint(), KeysOf(request), *role,
                            *std::move(prepared), std::move(done));
      });
}

// The three parts of the commands' table.
void AddConversationCommands(IntakeCore* core, RpcService* service);
void AddHandlingCommands(IntakeCore* core, RpcService* service);
void AddOwnershipCommands(IntakeCore* core, RpcService* service);
void AddSubmit(IntakeCore* core, RpcService* service);

}  // namespace redress::intake
