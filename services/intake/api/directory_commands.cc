// Commands on teams and agents. Codes are resolved when the command is decided, after its
// consistency token.
#include <memory>

#include "absl/strings/str_cat.h"
#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/domain/payloads.h"
#include "libs/errors/errors.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "services/intake/api/command_call.h"
#include "services/intake/api/directory_codes.h"
#include "services/intake/api/directory_service.h"
#include "services/intake/api/request_check.h"
#include "services/intake/decide/directory_deciders.h"

namespace redress::intake {
namespace {

using DecideEntity = std::function<absl::StatusOr<Decision>(EntityView&, const CommandContext&)>;

struct EntityCommand {
  EntityId entity;
  uint32_t type = 0;
  bool may_open = false;
  DecideEntity decide;
};

bool Departed(const CommandContext& context) {
  return context.entity->state.definition().departed_at_us() != 0;
}

void RunEntityCommand(IntakeCore* core, const CallContext& call, const CommandKeys& keys,
                      const std::string& role, EntityCommand wanted,
                      Done<api::v1::CommandAnswer> done_once) {
  auto done = std::make_shared<Done<api::v1::CommandAnswer>>(std::move(done_once));
  const auto etag = EtagOf(keys.etag, core->log().log_id(), wanted.entity);
  if (!etag.ok()) return (*done)(etag.status());
  Command command;
  command.stream = wanted.entity;
  command.directory = true;
  command.may_open = wanted.may_open;
  command.request =
      RequestIdOf(call.caller(), ShortMethod(call.method()), wanted.entity, keys.request_id);
  command.command_hash = keys.hash;
  command.actor = call.caller().ToActor(role);
  command.type = wanted.type;
  command.etag = *etag;
  command.deadline = call.deadline();
  command.decide_entity = std::move(wanted.decide);
  WhenReached(core, keys.consistency_token, call.deadline(),
              [core, done, command = std::move(command)](absl::Status reached) {
                if (!reached.ok()) return (*done)(reached);
                core->Submit(command, [core, done](absl::StatusOr<CommandOutcome> outcome) {
                  (*done)(AnswerOf(core, std::move(outcome)));
                });
              });
}

// `prepare` checks the request and says what to decide.
template <typename Request, typename Prepare>
void AddEntityCommand(IntakeCore* core, RpcService* service, std::string_view name,
                      Prepare prepare) {
  service->Unary<Request, api::v1::CommandAnswer>(
      name, {},
      [core, prepare](const CallContext& call, const Request& request,
                      Done<api::v1::CommandAnswer> done) {
        auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
        if (!role.ok()) return done(role.status());
        absl::StatusOr<EntityCommand> command = prepare(core, call, request);
        if (!command.ok()) return done(command.status());
        RunEntityCommand(core, call, KeysOf(request), *role, *std::move(command), std::move(done));
      });
}

// Hash of the calendar's part in the policy in force.
absl::StatusOr<std::string> CalendarHash(IntakeCore* core, const std::string& code,
                                         std::string_view field) {
  if (code.empty()) return std::string();
  const auto policy = core->directory().FindPolicy(
      core->directory().ActivePolicy("", ToMicros(core->clock().Now())));
  const ContentHash hash = policy != nullptr ? policy->PartHash("calendar", code) : ContentHash();
  if (!hash)
    return InvalidField(field, absl::StrCat("no calendar \"", code, "\" in the active policy"));
  return hash.ToBytes();
}

template <typename List>
absl::Status AddMemberships(
    IntakeCore* core, const List& teams, std::string_view field,
    google::protobuf::RepeatedPtrField<event::v1::AgentEnrolled::Membership>* out) {
  for (int i = 0; i < teams.size(); ++i) {
    const std::string at = absl::StrCat(std::string(field), "[", i, "].team");
    if (teams[i].team().empty()) return InvalidField(at, "required");
    auto* membership = out->Add();
    REDRESS_ASSIGN_OR_RETURN(*membership->mutable_team_id(),
                             TeamIdOf(core->directory(), teams[i].team(), at));
    membership->set_capacity_units(teams[i].capacity_units());
  }
  return absl::OkStatus();
}

// What enrolment and move have in common.
template <typename Request, typename Event>
absl::Status SetPlace(IntakeCore* core, const Request& request, Event* event) {
  *event->mutable_roles() = request.roles();
  REDRESS_RETURN_IF_ERROR(AddMemberships(core, request.teams(), "teams", event->mutable_teams()));
  REDRESS_ASSIGN_OR_RETURN(*event->mutable_home_team(),
                           TeamIdOf(core->directory(), request.home_team(), "home_team"));
  if (event->home_team().empty() && event->teams_size() > 0)
    event->set_home_team(event->teams(0).team_id());
  REDRESS_ASSIGN_OR_RETURN(*event->mutable_line_manager(),
                           AgentIdOf(core->directory(), request.line_manager(), "line_manager"));
  *event->mutable_languages() = request.languages();
  *event->mutable_regions() = request.regions();
  return absl::OkStatus();
}

absl::StatusOr<EntityCommand> PrepareTeam(IntakeCore* core, const CallContext&,
                                          const v1::DefineTeamRequest& request) {
  const v1::Team& team = request.team();
  RequestCheck check;
  check.Code("team.code", team.code(), true);
  check.Code("team.name", team.name(), true);
  check.Text("team.contact", team.contact(), kMaxSubject);
  check.Codes("team.regions", team.regions());
  check.Codes("team.languages", team.languages());
  for (const uint32_t level : team.levels()) {
    if (level < 1 || level > 4) check.Add("team.levels", "1 to 4");
  }
  if (!check.ok()) return check.ToStatus();
  const EntityId entity = EntityIdOf("team", team.code());
  return EntityCommand{
      entity, PayloadOf<event::v1::TeamDefined>().number, true,
      [core, team, entity](EntityView& view, const CommandContext&) -> absl::StatusOr<Decision> {
        event::v1::TeamDefined defined;
        defined.set_team_id(entity.ToBytes());
        defined.set_code(team.code());
        defined.set_name(team.name());
        defined.set_contact(team.contact());
        defined.set_department(team.department());
        *defined.mutable_levels() = team.levels();
        *defined.mutable_regions() = team.regions();
        *defined.mutable_languages() = team.languages();
        REDRESS_ASSIGN_OR_RETURN(
            *defined.mutable_parent_team(),
            TeamIdOf(core->directory(), team.parent_team(), "team.parent_team"));
        REDRESS_ASSIGN_OR_RETURN(
            *defined.mutable_overflow_team(),
            TeamIdOf(core->directory(), team.overflow_team(), "team.overflow_team"));
        REDRESS_ASSIGN_OR_RETURN(*defined.mutable_calendar(),
                                 CalendarHash(core, team.calendar(), "team.calendar"));
        return DecideDefineTeam(view, std::move(defined));
      }};
}

absl::StatusOr<EntityCommand> PrepareEnroll(IntakeCore* core, const CallContext&,
                                            const v1::EnrollAgentRequest& request) {
  const v1::Agent& agent = request.agent();
  RequestCheck check;
  check.Code("agent.code", agent.code(), true);
  check.Text("agent.name", agent.name(), kMaxSubject);
  check.Codes("agent.roles", agent.roles());
  check.Codes("agent.languages", agent.languages());
  check.Codes("agent.regions", agent.regions());
  if (agent.skills_size() > 0) check.Add("agent.skills", "are set by SetSkills");
  if (!check.ok()) return check.ToStatus();
  const EntityId entity = EntityIdOf("agent", agent.code());
  return EntityCommand{
      entity, PayloadOf<event::v1::AgentEnrolled>().number, true,
      [core, agent, entity](EntityView&,
                            const CommandContext& context) -> absl::StatusOr<Decision> {
        event::v1::AgentEnrolled enrolled;
        enrolled.set_agent_id(entity.ToBytes());
        enrolled.set_code(agent.code());
        REDRESS_RETURN_IF_ERROR(SetPlace(core, agent, &enrolled));
        REDRESS_ASSIGN_OR_RETURN(*enrolled.mutable_calendar(),
                                 CalendarHash(core, agent.calendar(), "agent.calendar"));
        personal::v1::AgentEnrolledPersonal who;
        who.set_name(agent.name());
        who.set_login_ref(agent.login_ref());
        return DecideEnrollAgent(context.entity->head.exists(), std::move(enrolled), who);
      }};
}

absl::StatusOr<EntityCommand> PrepareMove(IntakeCore* core, const CallContext&,
                                          const v1::MoveAgentRequest& request) {
  RequestCheck check;
  check.Code("agent", request.agent(), true);
  check.Codes("roles", request.roles());
  if (!check.ok()) return check.ToStatus();
  const EntityId entity = EntityIdOf("agent", request.agent());
  return EntityCommand{
      entity, PayloadOf<event::v1::AgentMoved>().number, false,
      [core, request, entity](EntityView& view, const CommandContext&) -> absl::StatusOr<Decision> {
        event::v1::AgentMoved moved;
        moved.set_agent_id(entity.ToBytes());
        REDRESS_RETURN_IF_ERROR(SetPlace(core, request, &moved));
        return DecideMoveAgent(view, std::move(moved));
      }};
}

absl::StatusOr<EntityCommand> PrepareSkills(IntakeCore*, const CallContext&,
                                            const v1::SetSkillsRequest& request) {
  RequestCheck check;
  check.Code("agent", request.agent(), true);
  const EntityId entity = EntityIdOf("agent", request.agent());
  event::v1::AgentSkillsSet set;
  set.set_agent_id(entity.ToBytes());
  for (int i = 0; i < request.skills_size(); ++i) {
    const auto& skill = request.skills(i);
    const std::string at = absl::StrCat("skills[", i, "]");
    check.Code(at + ".skill", skill.skill(), true);
    if (skill.proficiency() < 1 || skill.proficiency() > 5)
      check.Add(at + ".proficiency", "1 to 5");
    auto* stored = set.add_skills();
    stored->set_skill(skill.skill());
    stored->set_proficiency(skill.proficiency());
    if (skill.has_valid_until()) stored->set_valid_until_us(FromTimestamp(skill.valid_until()));
  }
  if (!check.ok()) return check.ToStatus();
  return EntityCommand{
      entity, PayloadOf<event::v1::AgentSkillsSet>().number, false,
      [set](EntityView& view, const CommandContext& context) -> absl::StatusOr<Decision> {
        return DecideSetSkills(view, Departed(context), set);
      }};
}

absl::StatusOr<EntityCommand> PrepareCapacity(IntakeCore* core, const CallContext&,
                                              const v1::SetCapacityRequest& request) {
  RequestCheck check;
  check.Code("agent", request.agent(), true);
  for (int i = 0; i < request.per_channel_size(); ++i) {
    check.Enum(absl::StrCat("per_channel[", i, "].channel"), request.per_channel(i).channel(),
               event::v1::Channel_IsValid, true);
  }
  if (!check.ok()) return check.ToStatus();
  const EntityId entity = EntityIdOf("agent", request.agent());
  return EntityCommand{
      entity, PayloadOf<event::v1::AgentCapacitySet>().number, false,
      [core, request, entity](EntityView& view,
                              const CommandContext& context) -> absl::StatusOr<Decision> {
        event::v1::AgentCapacitySet set;
        set.set_agent_id(entity.ToBytes());
        REDRESS_RETURN_IF_ERROR(
            AddMemberships(core, request.per_team(), "per_team", set.mutable_per_team()));
        for (const auto& weight : request.per_channel()) {
          auto* stored = set.add_per_channel();
          stored->set_channel(weight.channel());
          stored->set_weight(weight.weight());
        }
        return DecideSetCapacity(view, Departed(context), std::move(set));
      }};
}

absl::StatusOr<EntityCommand> PreparePresence(IntakeCore* core, const CallContext& call,
                                              const v1::SetPresenceRequest& request) {
  const std::string agent = request.agent().empty() ? call.caller().id : request.agent();
  if (agent != call.caller().id && !ActsAs(call.caller(), "admin")) {
    REDRESS_RETURN_IF_ERROR(RequireRole(call.caller(), "supervisor"));
  }
  RequestCheck check;
  check.Code("agent", agent, true);
  check.Enum("state", request.state(), event::v1::PresenceChanged::State_IsValid, true);
  event::v1::PresenceChanged presence;
  presence.set_until_us(
      check.FutureTime("until", request.has_until(), request.until(), core->clock().Now()));
  for (int i = 0; i < request.channels_size(); ++i) {
    check.Enum(absl::StrCat("channels[", i, "]"), request.channels(i), event::v1::Channel_IsValid,
               true);
  }
  if (!check.ok()) return check.ToStatus();
  const EntityId entity = EntityIdOf("agent", agent);
  presence.set_agent_id(entity.ToBytes());
  presence.set_state(request.state());
  *presence.mutable_channels() = request.channels();
  return EntityCommand{
      entity, PayloadOf<event::v1::PresenceChanged>().number, false,
      [presence](EntityView&, const CommandContext& context) -> absl::StatusOr<Decision> {
        return DecideSetPresence(Departed(context), presence, ToMicros(context.now));
      }};
}

absl::StatusOr<EntityCommand> PrepareDepart(IntakeCore*, const CallContext&,
                                            const v1::DepartAgentRequest& request) {
  RequestCheck check;
  check.Code("agent", request.agent(), true);
  if (!check.ok()) return check.ToStatus();
  event::v1::AgentDeparted departed;
  const EntityId entity = EntityIdOf("agent", request.agent());
  departed.set_agent_id(entity.ToBytes());
  return EntityCommand{
      entity, PayloadOf<event::v1::AgentDeparted>().number, false,
      [departed](EntityView& view, const CommandContext& context) -> absl::StatusOr<Decision> {
        return DecideDepartAgent(view, departed, ToMicros(context.now));
      }};
}

}  // namespace

void AddDirectoryCommands(IntakeCore* core, RpcService* service) {
  AddEntityCommand<v1::DefineTeamRequest>(core, service, "DefineTeam", PrepareTeam);
  AddEntityCommand<v1::EnrollAgentRequest>(core, service, "EnrollAgent", PrepareEnroll);
  AddEntityCommand<v1::MoveAgentRequest>(core, service, "MoveAgent", PrepareMove);
  AddEntityCommand<v1::SetSkillsRequest>(core, service, "SetSkills", PrepareSkills);
  AddEntityCommand<v1::SetCapacityRequest>(core, service, "SetCapacity", PrepareCapacity);
  AddEntityCommand<v1::SetPresenceRequest>(core, service, "SetPresence", PreparePresence);
  AddEntityCommand<v1::DepartAgentRequest>(core, service, "DepartAgent", PrepareDepart);
}

}  // namespace redress::intake
