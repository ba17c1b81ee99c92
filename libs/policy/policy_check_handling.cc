// CheckPolicy, the parts that say who handles a complaint: teams, routing, escalation.
#include <map>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "libs/policy/policy_checker.h"

namespace redress {

template <typename Items, typename Next>
void PolicyChecker::MustNotCircle(const Items& items, const std::string& path,
                                  std::string_view field, Next next) {
  std::map<std::string, std::string> links;
  for (const auto& item : items) links[item.code()] = next(item);
  for (int i = 0; i < items.size(); ++i) {
    std::string at = next(items[i]);
    for (size_t steps = 0; !at.empty() && at != items[i].code() && steps <= links.size(); ++steps) {
      const auto link = links.find(at);
      at = link == links.end() ? "" : link->second;
    }
    if (at == items[i].code()) {
      Wrong(absl::StrCat(ItemPath(path, i), ".", std::string(field)),
            "leads back to itself; break the circle");
    }
  }
}

void PolicyChecker::CheckTeams() {
  const auto& teams = policy_.teams();
  Codes skills, codes;
  for (int i = 0; i < teams.skills_size(); ++i) {
    MustBeNew(ItemPath("teams.skills", i) + ".code", teams.skills(i).code(), &skills);
  }
  for (int i = 0; i < teams.teams_size(); ++i) {
    const auto& team = teams.teams(i);
    const std::string path = ItemPath("teams.teams", i);
    MustBeNew(path + ".code", team.code(), &codes);
    MustExist(path + ".department", "department", team.department(), departments_);
    MustExist(path + ".parent_team", "team", team.parent_team(), teams_);
    MustExist(path + ".overflow_team", "team", team.overflow_team(), teams_);
    MustExist(path + ".calendar", "calendar", team.calendar(), calendars_);
    for (int k = 0; k < team.regions_size(); ++k) {
      MustExist(ItemPath(path + ".regions", k), "region", team.regions(k), regions_);
    }
    if (team.levels().empty() != team.independent()) {
      Wrong(path + ".levels",
            team.independent()
                ? "an independent office serves no handling level; remove them (F10.11)"
                : "is missing; name the levels 1 to 4 that it serves");
    }
  }
  MustNotCircle(teams.teams(), "teams.teams", "parent_team",
                [](const auto& team) { return team.parent_team(); });
  MustNotCircle(teams.teams(), "teams.teams", "overflow_team",
                [](const auto& team) { return team.overflow_team(); });
}

void PolicyChecker::CheckAgents() {
  Codes codes;
  const auto& agents = policy_.teams().agents();
  for (int i = 0; i < agents.size(); ++i) {
    const auto& agent = agents[i];
    const std::string path = ItemPath("teams.agents", i);
    MustBeNew(path + ".code", agent.code(), &codes);
    MustExist(path + ".line_manager", "agent", agent.line_manager(), agents_);
    MustExist(path + ".calendar", "calendar", agent.calendar(), calendars_);
    Codes own_teams, own_skills, channels;
    for (int k = 0; k < agent.teams_size(); ++k) {
      MustExist(ItemPath(path + ".teams", k) + ".team", "team", agent.teams(k).team(), teams_);
      MustBeNew(ItemPath(path + ".teams", k) + ".team", agent.teams(k).team(), &own_teams);
    }
    MustExist(path + ".home_team", "team of this agent", agent.home_team(), own_teams);
    for (int k = 0; k < agent.skills_size(); ++k) {
      MustExist(ItemPath(path + ".skills", k) + ".skill", "skill", agent.skills(k).skill(),
                skills_);
      MustBeNew(ItemPath(path + ".skills", k) + ".skill", agent.skills(k).skill(), &own_skills);
    }
    for (int k = 0; k < agent.regions_size(); ++k) {
      MustExist(ItemPath(path + ".regions", k), "region", agent.regions(k), regions_);
    }
    for (int k = 0; k < agent.per_channel_size(); ++k) {
      MustBeNew(ItemPath(path + ".per_channel", k) + ".channel",
                event::v1::Channel_Name(agent.per_channel(k).channel()), &channels);
    }
  }
  MustNotCircle(agents, "teams.agents", "line_manager",
                [](const auto& agent) { return agent.line_manager(); });
}

void PolicyChecker::CheckStaffing() {
  Codes staffed, independent;
  for (const auto& agent : policy_.teams().agents()) {
    for (const auto& membership : agent.teams()) staffed.insert(membership.team());
  }
  std::set<uint32_t> levels;
  for (int i = 0; i < policy_.teams().teams_size(); ++i) {
    const auto& team = policy_.teams().teams(i);
    if (team.independent()) independent.insert(team.code());
    for (const uint32_t level : team.levels()) levels.insert(level);
    if (!staffed.contains(team.code())) {
      Wrong(ItemPath("teams.teams", i),
            absl::StrCat("team \"", team.code(), "\" has no agent; its queue would only grow"));
    }
  }
  for (uint32_t level = 1; level <= 4; ++level) {
    if (!levels.contains(level))
      Wrong("teams.teams", absl::StrCat("no team serves level ", level, "; add one"));
  }
  for (int i = 0; i < policy_.teams().agents_size(); ++i) {
    const auto& teams = policy_.teams().agents(i).teams();
    const auto inside = std::count_if(teams.begin(), teams.end(), [&](const auto& member) {
      return independent.contains(member.team());
    });
    if (inside > 0 && inside < teams.size()) {
      Wrong(ItemPath("teams.agents", i) + ".teams",
            "is in an independent office and in a handling team; an office that reviews must not "
            "handle (F10.11)");
    }
  }
}

void PolicyChecker::CheckTeamFor(const std::string& path, const std::string& code, uint32_t level) {
  MustExist(path, "team", code, teams_);
  for (const auto& team : policy_.teams().teams()) {
    if (team.code() == code && !absl::c_linear_search(team.levels(), level)) {
      Wrong(path, absl::StrCat("team \"", code, "\" does not serve level ", level,
                               "; add the level or take another"));
    }
  }
}

void PolicyChecker::CheckRouting() {
  const auto& routing = policy_.routing();
  Codes names, skill_names;
  const auto check_skills = [&](const auto& skills, const std::string& path) {
    Codes seen;
    for (int i = 0; i < skills.size(); ++i) {
      MustExist(ItemPath(path, i) + ".skill", "skill", skills[i].skill(), skills_);
      MustBeNew(ItemPath(path, i) + ".skill", skills[i].skill(), &seen);
      if (skills[i].drop_after().working_days() > 0) {
        Wrong(ItemPath(path, i) + ".drop_after", "cannot be in working days; write e.g. 4h");
      }
    }
  };
  if (routing.absent_after().working_days() > 0) {
    Wrong("routing.absent_after", "cannot be in working days; write e.g. 72h");
  }
  for (int i = 0; i < routing.rules_size(); ++i) {
    const auto& rule = routing.rules(i);
    const std::string path = ItemPath("routing.rules", i);
    MustBeNew(path + ".name", rule.name(), &names);
    CheckCondition(rule.when(), path + ".when");
    MustExist(path + ".team", "team", rule.team(), teams_);
    check_skills(rule.skills(), path + ".skills");
    for (const auto& team : policy_.teams().teams()) {
      if (team.code() == rule.team() && team.independent()) {
        Wrong(path + ".team", "is an independent office; it handles no complaints (F10.11)");
      }
    }
  }
  for (int i = 0; i < routing.skill_rules_size(); ++i) {
    const std::string path = ItemPath("routing.skill_rules", i);
    MustBeNew(path + ".name", routing.skill_rules(i).name(), &skill_names);
    CheckCondition(routing.skill_rules(i).when(), path + ".when");
    check_skills(routing.skill_rules(i).skills(), path + ".skills");
  }
  std::set<uint32_t> for_all;
  for (int i = 0; i < routing.default_teams_size(); ++i) {
    const auto& entry = routing.default_teams(i);
    const std::string path = ItemPath("routing.default_teams", i);
    CheckTeamFor(path + ".team", entry.team(), entry.level());
    for (int k = 0; k < entry.regions_size(); ++k) {
      MustExist(ItemPath(path + ".regions", k), "region", entry.regions(k), regions_);
    }
    if (entry.regions().empty() && entry.languages().empty()) for_all.insert(entry.level());
  }
  for (uint32_t level = 1; level <= 4; ++level) {
    if (for_all.contains(level)) continue;
    Wrong("routing.default_teams",
          absl::StrCat("level ", level,
                       " has no entry for every region and language; add one without both"));
  }
}

void PolicyChecker::CheckEscalation() {
  const auto& escalation = policy_.escalation();
  std::set<uint32_t> levels;
  for (int i = 0; i < escalation.levels_size(); ++i) {
    const auto& level = escalation.levels(i);
    const std::string path = ItemPath("escalation.levels", i);
    if (!levels.insert(level.level()).second)
      Wrong(path + ".level", "stands here twice; each level once");
    for (int k = 0; k < level.teams_size(); ++k) {
      const std::string team_path = ItemPath(path + ".teams", k);
      CheckTeamFor(team_path + ".team", level.teams(k).team(), level.level());
      for (int n = 0; n < level.teams(k).regions_size(); ++n) {
        MustExist(ItemPath(team_path + ".regions", n), "region", level.teams(k).regions(n),
                  regions_);
      }
      for (int n = 0; n < level.teams(k).categories_size(); ++n) {
        MustExist(ItemPath(team_path + ".categories", n), "category", level.teams(k).categories(n),
                  categories_);
      }
    }
    Codes currencies;
    for (int k = 0; k < level.authority_size(); ++k) {
      MustBeNew(ItemPath(path + ".authority", k), level.authority(k).currency(), &currencies);
    }
  }
  for (uint32_t level = 1; level <= 4; ++level) {
    if (!levels.contains(level))
      Wrong("escalation.levels", absl::StrCat("level ", level, " is missing; add it"));
  }
  if (escalation.repeat_window().working_days() > 0) {
    Wrong("escalation.repeat_window", "cannot be in working days; write e.g. 90d");
  }
  MustExist("escalation.independent_office", "team", escalation.independent_office(), teams_);
  for (const auto& team : policy_.teams().teams()) {
    if (team.code() == escalation.independent_office() && !team.independent()) {
      Wrong("escalation.independent_office",
            absl::StrCat("team \"", team.code(), "\" is not independent (F10.11)"));
    }
  }
  CheckTriggers();
}

void PolicyChecker::CheckTriggers() {
  Codes names;
  for (int i = 0; i < policy_.escalation().triggers_size(); ++i) {
    const auto& trigger = policy_.escalation().triggers(i);
    const std::string path = ItemPath("escalation.triggers", i);
    MustBeNew(path + ".name", trigger.name(), &names);
    CheckCondition(trigger.when(), path + ".when");
    if (trigger.decline()) continue;
    if (trigger.up_to_level() < 2 || trigger.up_to_level() < trigger.from_level()) {
      Wrong(path + ".up_to_level", "leads nowhere; it must be above 1 and not below from_level");
    }
    if (trigger.straight_to() > trigger.up_to_level()) {
      Wrong(path + ".straight_to", "lies above up_to_level; lower it");
    }
  }
}

}  // namespace redress
