#include "services/intake/publish/roster_diff.h"

#include <map>
#include <set>

#include "google/protobuf/util/message_differencer.h"
#include "libs/base/hash.h"
#include "libs/policy/manifest.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::intake {
namespace {

using google::protobuf::util::MessageDifferencer;
using policy::v1::Teams;

constexpr int64_t kMicrosPerDay = int64_t{86400} * 1'000'000;

std::string IdOrNone(std::string_view kind, const std::string& code) {
  return code.empty() ? "" : EntityIdOf(kind, code).ToBytes();
}

class Differ {
 public:
  Differ(const policy::v1::Policy& policy, const Directory& directory) : directory_(directory) {
    for (const PolicyPart& part : MakeManifest(policy).parts) {
      if (part.part == "calendar") calendars_[part.code] = part.hash.ToBytes();
    }
  }

  void Team(const Teams::Team& team) {
    event::v1::TeamDefined defined;
    defined.set_team_id(IdOrNone("team", team.code()));
    defined.set_code(team.code());
    defined.set_name(team.name().en());
    defined.set_contact(team.contact());
    defined.set_department(team.department());
    *defined.mutable_levels() = team.levels();
    *defined.mutable_regions() = team.regions();
    *defined.mutable_languages() = team.languages();
    defined.set_parent_team(IdOrNone("team", team.parent_team()));
    defined.set_overflow_team(IdOrNone("team", team.overflow_team()));
    defined.set_calendar(CalendarOf(team.calendar()));
    const Directory::Entity known = directory_.FindTeam(team.code());
    if (known != nullptr) {
      event::v1::TeamDefined same = known->definition().team();
      same.clear_revision();
      if (MessageDifferencer::Equals(same, defined)) return;
    }
    Add("team", team.code(), std::move(defined), 0, true);
  }

  void Agent(const Teams::Agent& agent) {
    const Directory::Entity known = directory_.Find(EntityIdOf("agent", agent.code()));
    const bool enrolled = known != nullptr && known->definition().has_agent();
    // Who has left does not come back by the roster.
    if (enrolled && known->definition().departed_at_us() != 0) return;
    const event::v1::AgentEnrolled wanted = Enrolment(agent);
    if (!enrolled) {
      personal::v1::AgentEnrolledPersonal who;
      who.set_name(agent.name());
      Add("agent", agent.code(), wanted, 1, true, who.SerializeAsString());
    } else {
      Move(agent.code(), wanted, known->definition().agent());
    }
    Skills(agent, known);
    Capacity(agent, known);
  }

  std::vector<RosterChange> Take() { return std::move(changes_); }

 private:
  std::string CalendarOf(const std::string& code) const {
    const auto it = calendars_.find(code);
    return it == calendars_.end() ? "" : it->second;
  }

  event::v1::AgentEnrolled Enrolment(const Teams::Agent& agent) const {
    event::v1::AgentEnrolled enrolled;
    enrolled.set_agent_id(IdOrNone("agent", agent.code()));
    enrolled.set_code(agent.code());
    *enrolled.mutable_roles() = agent.roles();
    for (const auto& membership : agent.teams()) {
      auto* team = enrolled.add_teams();
      team->set_team_id(IdOrNone("team", membership.team()));
      team->set_capacity_units(membership.capacity_units());
    }
    const bool names_none = agent.home_team().empty() && !agent.teams().empty();
    enrolled.set_home_team(
        IdOrNone("team", names_none ? agent.teams(0).team() : agent.home_team()));
    enrolled.set_line_manager(IdOrNone("agent", agent.line_manager()));
    *enrolled.mutable_languages() = agent.languages();
    *enrolled.mutable_regions() = agent.regions();
    enrolled.set_calendar(CalendarOf(agent.calendar()));
    return enrolled;
  }

  static event::v1::AgentMoved MoveTo(const event::v1::AgentEnrolled& agent) {
    event::v1::AgentMoved moved;
    moved.set_agent_id(agent.agent_id());
    *moved.mutable_roles() = agent.roles();
    *moved.mutable_teams() = agent.teams();
    moved.set_home_team(agent.home_team());
    moved.set_line_manager(agent.line_manager());
    *moved.mutable_languages() = agent.languages();
    *moved.mutable_regions() = agent.regions();
    return moved;
  }

  void Move(const std::string& code, const event::v1::AgentEnrolled& wanted,
            const event::v1::AgentEnrolled& now) {
    event::v1::AgentMoved moved = MoveTo(wanted);
    if (!MessageDifferencer::Equals(moved, MoveTo(now)))
      Add("agent", code, std::move(moved), 1, false);
  }

  void Skills(const Teams::Agent& agent, const Directory::Entity& known) {
    event::v1::AgentSkillsSet set;
    set.set_agent_id(IdOrNone("agent", agent.code()));
    for (const auto& skill : agent.skills()) {
      auto* stored = set.add_skills();
      stored->set_skill(skill.skill());
      stored->set_proficiency(skill.proficiency());
      // Valid to the end of that day.
      if (skill.valid_until() != 0)
        stored->set_valid_until_us((int64_t{skill.valid_until()} + 1) * kMicrosPerDay);
    }
    event::v1::AgentSkillsSet now;
    now.set_agent_id(set.agent_id());
    if (known != nullptr) *now.mutable_skills() = known->skills().skills();
    if (!MessageDifferencer::Equals(set, now)) Add("agent", agent.code(), std::move(set), 2, false);
  }

  void Capacity(const Teams::Agent& agent, const Directory::Entity& known) {
    event::v1::AgentCapacitySet set;
    set.set_agent_id(IdOrNone("agent", agent.code()));
    for (const auto& membership : agent.teams()) {
      auto* team = set.add_per_team();
      team->set_team_id(IdOrNone("team", membership.team()));
      team->set_capacity_units(membership.capacity_units());
    }
    for (const auto& weight : agent.per_channel()) {
      auto* channel = set.add_per_channel();
      channel->set_channel(weight.channel());
      channel->set_weight(weight.weight());
    }
    event::v1::AgentCapacitySet now;
    now.set_agent_id(set.agent_id());
    if (known != nullptr) {
      *now.mutable_per_team() = known->capacity().per_team();
      *now.mutable_per_channel() = known->capacity().per_channel();
    }
    if (!MessageDifferencer::Equals(set, now)) Add("agent", agent.code(), std::move(set), 2, false);
  }

  template <typename P>
  void Add(const std::string& kind, const std::string& code, P payload, int wave, bool opens,
           std::string personal = {}) {
    changes_.push_back({kind, code, EntityIdOf(kind, code), std::move(personal),
                        std::make_shared<const P>(std::move(payload)), opens, wave});
  }

  const Directory& directory_;
  std::map<std::string, std::string> calendars_;
  std::vector<RosterChange> changes_;
};

}  // namespace

std::vector<RosterChange> RosterChanges(const policy::v1::Policy& policy,
                                        const Directory& directory) {
  Differ differ(policy, directory);
  for (const auto& team : policy.teams().teams()) differ.Team(team);
  for (const auto& agent : policy.teams().agents()) differ.Agent(agent);
  return differ.Take();
}

}  // namespace redress::intake
