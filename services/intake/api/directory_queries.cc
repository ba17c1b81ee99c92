// Teams and agents as they are stored.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "services/intake/api/directory_service.h"
#include "services/intake/api/page_token.h"
#include "services/intake/api/roles.h"

namespace redress::intake {
namespace {

constexpr int kStandardDirectoryPage = 100;
constexpr int kMaxDirectoryPage = 1000;

std::string CalendarCode(const Directory& directory, std::string_view hash) {
  return directory.calendars().CodeOf(ContentHash::FromBytesOrNone(hash));
}

v1::Team ViewOfTeam(IntakeCore* core, const EntityRow& row) {
  const auto& team = row.state.definition().team();
  v1::Team view;
  view.set_code(team.code());
  view.set_name(team.name());
  view.set_contact(team.contact());
  view.set_department(team.department());
  *view.mutable_levels() = team.levels();
  *view.mutable_regions() = team.regions();
  *view.mutable_languages() = team.languages();
  view.set_parent_team(core->directory().CodeOf(team.parent_team()));
  view.set_overflow_team(core->directory().CodeOf(team.overflow_team()));
  view.set_calendar(CalendarCode(core->directory(), team.calendar()));
  view.set_id(row.id.ToHex());
  view.set_revision(team.revision());
  view.set_etag(FormatEtag({core->log().log_id(), row.id, row.head.version()}));
  return view;
}

// Without name and login: they are personal and not kept in rows.
v1::Agent ViewOfAgent(IntakeCore* core, const EntityRow& row) {
  const auto& agent = row.state.definition().agent();
  const Directory& directory = core->directory();
  v1::Agent view;
  view.set_code(agent.code());
  *view.mutable_roles() = agent.roles();
  for (const auto& membership : agent.teams()) {
    auto* team = view.add_teams();
    team->set_team(directory.CodeOf(membership.team_id()));
    team->set_capacity_units(membership.capacity_units());
    for (const auto& set : row.state.capacity().per_team()) {
      if (set.team_id() == membership.team_id()) team->set_capacity_units(set.capacity_units());
    }
  }
  view.set_home_team(directory.CodeOf(agent.home_team()));
  view.set_line_manager(directory.CodeOf(agent.line_manager()));
  *view.mutable_languages() = agent.languages();
  *view.mutable_regions() = agent.regions();
  view.set_calendar(CalendarCode(directory, agent.calendar()));
  for (const auto& skill : row.state.skills().skills()) {
    auto* shown = view.add_skills();
    shown->set_skill(skill.skill());
    shown->set_proficiency(skill.proficiency());
    if (skill.valid_until_us() != 0)
      *shown->mutable_valid_until() = ToTimestamp(skill.valid_until_us());
  }
  const auto& presence = row.state.presence().presence();
  view.set_presence(presence.state());
  if (presence.until_us() != 0) *view.mutable_presence_until() = ToTimestamp(presence.until_us());
  view.set_departed(row.state.definition().departed_at_us() != 0);
  view.set_id(row.id.ToHex());
  view.set_etag(FormatEtag({core->log().log_id(), row.id, row.head.version()}));
  return view;
}

absl::StatusOr<std::vector<EntityRow>> Entities(IntakeCore* core,
                                                absl::FunctionRef<bool(const EntityRow&)> wanted) {
  std::vector<EntityRow> rows;
  const std::string prefix(1, kEntityTable);
  absl::Status damaged;
  REDRESS_RETURN_IF_ERROR(core->store().Scan(
      prefix, AfterPrefix(prefix), false, [&](std::string_view key, std::string_view value) {
        auto row = EntityRow::Decode(RowKeyReader(key).Id<EntityId>(), value);
        if (!row.ok()) {
          damaged = row.status();
          return false;
        }
        if (wanted(*row)) rows.push_back(*std::move(row));
        return true;
      }));
  REDRESS_RETURN_IF_ERROR(damaged);
  return rows;
}

const std::string& CodeOfRow(const EntityRow& row) {
  const auto& definition = row.state.definition();
  return definition.has_team() ? definition.team().code() : definition.agent().code();
}

// The rows of one page, in the order of their codes; sets the token of the next.
template <typename Request>
absl::StatusOr<std::vector<EntityRow>> Page(const Request& request, std::vector<EntityRow> rows,
                                            std::string* next) {
  const ContentHash question = QuestionOf(request);
  REDRESS_ASSIGN_OR_RETURN(const std::string after, ReadPageToken(question, request.page_token()));
  std::sort(rows.begin(), rows.end(),
            [](const EntityRow& a, const EntityRow& b) { return CodeOfRow(a) < CodeOfRow(b); });
  const size_t size = static_cast<size_t>(
      PageSizeOf(request.page_size(), kStandardDirectoryPage, kMaxDirectoryPage));
  std::vector<EntityRow> page;
  for (EntityRow& row : rows) {
    if (!after.empty() && CodeOfRow(row) <= after) continue;
    if (page.size() == size) {
      *next = MakePageToken(question, CodeOfRow(page.back()));
      break;
    }
    page.push_back(std::move(row));
  }
  return page;
}

absl::StatusOr<v1::ListAgentsResponse> ListAgents(IntakeCore* core,
                                                  const v1::ListAgentsRequest& request) {
  const std::string team =
      request.team().empty() ? "" : EntityIdOf("team", request.team()).ToBytes();
  REDRESS_ASSIGN_OR_RETURN(
      auto rows, Entities(core, [&](const EntityRow& row) {
        const auto& definition = row.state.definition();
        if (!definition.has_agent()) return false;
        if (definition.departed_at_us() != 0 && !request.include_departed()) return false;
        const auto& teams = definition.agent().teams();
        return team.empty() || std::any_of(teams.begin(), teams.end(),
                                           [&](const auto& one) { return one.team_id() == team; });
      }));
  v1::ListAgentsResponse response;
  REDRESS_ASSIGN_OR_RETURN(const auto page,
                           Page(request, std::move(rows), response.mutable_next_page_token()));
  for (const EntityRow& row : page) *response.add_agents() = ViewOfAgent(core, row);
  return response;
}

absl::StatusOr<v1::ListTeamsResponse> ListTeams(IntakeCore* core,
                                                const v1::ListTeamsRequest& request) {
  REDRESS_ASSIGN_OR_RETURN(auto rows, Entities(core, [](const EntityRow& row) {
                             return row.state.definition().has_team();
                           }));
  v1::ListTeamsResponse response;
  REDRESS_ASSIGN_OR_RETURN(const auto page,
                           Page(request, std::move(rows), response.mutable_next_page_token()));
  for (const EntityRow& row : page) *response.add_teams() = ViewOfTeam(core, row);
  return response;
}

absl::StatusOr<v1::Agent> GetAgent(IntakeCore* core, const v1::GetAgentRequest& request) {
  const EntityId id = EntityIdOf("agent", request.agent());
  REDRESS_ASSIGN_OR_RETURN(const auto stored, core->store().Get(RowKey(kEntityTable).Id(id).str()));
  if (!stored) return MakeError(absl::StatusCode::kNotFound, reason::kNotFound, "no such agent");
  REDRESS_ASSIGN_OR_RETURN(const EntityRow row, EntityRow::Decode(id, *stored));
  return ViewOfAgent(core, row);
}

template <typename Request, typename Response>
void AddQuestion(IntakeCore* core, RpcService* service, std::string_view name,
                 absl::StatusOr<Response> (*answer)(IntakeCore*, const Request&)) {
  service->Unary<Request, Response>(
      name, {},
      [core, answer](const CallContext& call, const Request& request, Done<Response> done_once) {
        auto done = std::make_shared<Done<Response>>(std::move(done_once));
        const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
        if (!role.ok()) return (*done)(role.status());
        AskAfter(
            core, request.consistency_token(), call.deadline(),
            [core, answer, done, request] { (*done)(answer(core, request)); },
            [done](absl::Status status) { (*done)(std::move(status)); });
      });
}

}  // namespace

void AddDirectoryQueries(IntakeCore* core, RpcService* service) {
  AddQuestion<v1::GetAgentRequest, v1::Agent>(core, service, "GetAgent", GetAgent);
  AddQuestion<v1::ListAgentsRequest, v1::ListAgentsResponse>(core, service, "ListAgents",
                                                             ListAgents);
  AddQuestion<v1::ListTeamsRequest, v1::ListTeamsResponse>(core, service, "ListTeams", ListTeams);
}

}  // namespace redress::intake
