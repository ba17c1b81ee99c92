// Up and down the ladder; who owns the complaint.
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/domain/payloads.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "services/intake/api/command_call.h"
#include "services/intake/api/directory_codes.h"
#include "services/intake/api/request_check.h"
#include "services/intake/decide/ownership_deciders.h"

namespace redress::intake {
namespace {

// The agent, in its home team unless another is named.
absl::StatusOr<AssignInput> ToAgent(IntakeCore* core, const std::string& agent,
                                    const std::string& team,
                                    event::v1::ComplaintAssigned::Mode mode,
                                    std::string_view field) {
  const Directory::Entity entity = core->directory().FindAgent(agent);
  if (entity == nullptr) return InvalidField(field, "no such agent, or departed");
  AssignInput input;
  input.agent_id = EntityIdOf("agent", agent).ToBytes();
  input.mode = mode;
  const auto& enrolled = entity->definition().agent();
  if (team.empty()) {
    input.team_id = !enrolled.home_team().empty() || enrolled.teams().empty()
                        ? enrolled.home_team()
                        : enrolled.teams(0).team_id();
    return input;
  }
  REDRESS_ASSIGN_OR_RETURN(input.team_id, TeamIdOf(core->directory(), team, "team"));
  for (const auto& membership : enrolled.teams()) {
    if (membership.team_id() == input.team_id) return input;
  }
  return InvalidField("team", "the agent is not a member of this team");
}

// Same place in the chain for both directions.
template <typename Request>
absl::StatusOr<PreparedCommand> PrepareLevel(IntakeCore* core, const Request& request,
                                             uint32_t type, bool up) {
  RequestCheck check;
  if (request.to_level() > 4) check.Add("to_level", "0 (one step) or 1 to 4");
  check.Code("reason", request.reason(), !up);
  check.Text("reason_text", request.reason_text(), kMaxText);
  check.Code("team", request.team());
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{
      type,
      [=](StateView& view, const CommandFacts&, const CommandContext&) -> absl::StatusOr<Decision> {
        LevelInput input;
        input.to_level = request.to_level();
        input.reason = request.reason();
        input.reason_text = request.reason_text();
        REDRESS_ASSIGN_OR_RETURN(input.team_id,
                                 TeamIdOf(core->directory(), request.team(), "team"));
        return up ? DecideEscalate(view, input) : DecideDeescalate(view, input);
      }};
}

absl::StatusOr<PreparedCommand> PrepareEscalate(IntakeCore* core, const CallContext&,
                                                const v1::EscalateComplaintRequest& request) {
  return PrepareLevel(core, request, PayloadOf<event::v1::ComplaintEscalated>().number, true);
}

absl::StatusOr<PreparedCommand> PrepareDeescalate(IntakeCore* core, const CallContext&,
                                                  const v1::DeescalateComplaintRequest& request) {
  return PrepareLevel(core, request, PayloadOf<event::v1::ComplaintDeescalated>().number, false);
}

absl::StatusOr<PreparedCommand> PrepareDecline(IntakeCore*, const CallContext&,
                                               const v1::DeclineEscalationRequest& request) {
  RequestCheck check;
  check.Code("reason", request.reason(), true);
  std::vector<std::string> triggers;
  for (const std::string& trigger : request.triggers())
    triggers.push_back(check.Id("triggers", trigger));
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{PayloadOf<event::v1::EscalationDeclined>().number,
                         [triggers, reason = request.reason()](StateView& view, const CommandFacts&,
                                                               const CommandContext&) {
                           return DecideDeclineEscalation(view, triggers, reason);
                         },
                         true};
}

absl::StatusOr<PreparedCommand> PrepareAssign(IntakeCore* core, const CallContext&,
                                              const v1::AssignComplaintRequest& request) {
  RequestCheck check;
  check.Code("agent", request.agent(), true);
  check.Code("team", request.team());
  check.Text("note", request.note(), kMaxText);
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{PayloadOf<event::v1::ComplaintAssigned>().number,
                         [core, request](StateView& view, const CommandFacts& facts,
                                         const CommandContext&) -> absl::StatusOr<Decision> {
                           REDRESS_ASSIGN_OR_RETURN(
                               AssignInput input,
                               ToAgent(core, request.agent(), request.team(),
                                       event::v1::ComplaintAssigned::MANUAL, "agent"));
                           input.note = request.note();
                           return DecideAssign(view, facts, input);
                         }};
}

absl::StatusOr<PreparedCommand> PrepareTake(IntakeCore* core, const CallContext& call,
                                            const v1::TakeComplaintRequest& request) {
  RequestCheck check;
  check.Code("agent", request.agent());
  if (!check.ok()) return check.ToStatus();
  const std::string agent = request.agent().empty() ? call.caller().id : request.agent();
  if (agent != call.caller().id) REDRESS_RETURN_IF_ERROR(RequireRole(call.caller(), "supervisor"));
  return PreparedCommand{
      PayloadOf<event::v1::ComplaintAssigned>().number,
      [core, agent](StateView& view, const CommandFacts& facts,
                    const CommandContext&) -> absl::StatusOr<Decision> {
        REDRESS_ASSIGN_OR_RETURN(
            AssignInput input,
            ToAgent(core, agent, "", event::v1::ComplaintAssigned::TAKEN, "agent"));
        // From the queue of the team that it waits in, when the agent belongs to it.
        const std::string& queued_in = view.ownership().team_id();
        for (const auto& membership :
             core->directory().FindAgent(agent)->definition().agent().teams()) {
          if (membership.team_id() == queued_in) input.team_id = queued_in;
        }
        return DecideAssign(view, facts, input);
      }};
}

absl::StatusOr<PreparedCommand> PrepareTransfer(IntakeCore* core, const CallContext& call,
                                                const v1::TransferComplaintRequest& request) {
  RequestCheck check;
  check.Text("hand_over_note", request.hand_over_note(), kMaxText);
  if (request.to_case() == v1::TransferComplaintRequest::TO_NOT_SET ||
      (request.team().empty() && request.agent().empty())) {
    check.Add("team", "required: team or agent");
  }
  if (!check.ok()) return check.ToStatus();
  const bool supervisor = ActsAs(call.caller(), "supervisor");
  const std::string caller_id = EntityIdOf("agent", call.caller().id).ToBytes();
  const bool to_agent = request.to_case() == v1::TransferComplaintRequest::kAgent;
  auto decide = [=](StateView& view, const CommandFacts& facts,
                    const CommandContext&) -> absl::StatusOr<Decision> {
    // An agent hands over what it owns; anything else is for a supervisor.
    if (!supervisor && view.ownership().owner_id() != caller_id) {
      return Refusal{event::v1::CommandRefused::NO_AUTHORITY,
                     {{"needs", "the owner or a supervisor"}}};
    }
    if (to_agent) {
      REDRESS_ASSIGN_OR_RETURN(AssignInput input,
                               ToAgent(core, request.agent(), "",
                                       event::v1::ComplaintAssigned::TRANSFERRED_MODE, "agent"));
      input.hand_over_note = request.hand_over_note();
      return DecideAssign(view, facts, input);
    }
    QueueInput input;
    REDRESS_ASSIGN_OR_RETURN(input.team_id, TeamIdOf(core->directory(), request.team(), "team"));
    input.cause = event::v1::ComplaintQueued::TRANSFERRED;
    input.note = request.hand_over_note();
    return DecideQueue(view, facts, input);
  };
  return PreparedCommand{to_agent ? PayloadOf<event::v1::ComplaintAssigned>().number
                                  : PayloadOf<event::v1::ComplaintQueued>().number,
                         std::move(decide)};
}

absl::StatusOr<PreparedCommand> PrepareRelease(IntakeCore*, const CallContext& call,
                                               const v1::ReleaseComplaintRequest& request) {
  RequestCheck check;
  check.Text("note", request.note(), kMaxText);
  if (!check.ok()) return check.ToStatus();
  const bool supervisor = ActsAs(call.caller(), "supervisor");
  const std::string caller_id = EntityIdOf("agent", call.caller().id).ToBytes();
  return PreparedCommand{PayloadOf<event::v1::ComplaintQueued>().number,
                         [=](StateView& view, const CommandFacts& facts,
                             const CommandContext&) -> absl::StatusOr<Decision> {
                           const std::string& owner = view.ownership().owner_id();
                           if (!supervisor && !owner.empty() && owner != caller_id) {
                             return Refusal{event::v1::CommandRefused::NO_AUTHORITY,
                                            {{"needs", "the owner or a supervisor"}}};
                           }
                           QueueInput input;
                           input.note = request.note();
                           return DecideQueue(view, facts, input);
                         }};
}

}  // namespace

void AddOwnershipCommands(IntakeCore* core, RpcService* service) {
  AddCommand<v1::EscalateComplaintRequest>(core, service, "EscalateComplaint", PrepareEscalate);
  AddCommand<v1::DeescalateComplaintRequest>(core, service, "DeescalateComplaint",
                                             PrepareDeescalate);
  AddCommand<v1::DeclineEscalationRequest>(core, service, "DeclineEscalation", PrepareDecline);
  AddCommand<v1::AssignComplaintRequest>(core, service, "AssignComplaint", PrepareAssign);
  AddCommand<v1::TakeComplaintRequest>(core, service, "TakeComplaint", PrepareTake);
  AddCommand<v1::TransferComplaintRequest>(core, service, "TransferComplaint", PrepareTransfer);
  AddCommand<v1::ReleaseComplaintRequest>(core, service, "ReleaseComplaint", PrepareRelease);
}

}  // namespace redress::intake
