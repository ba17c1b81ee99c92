#include "libs/policy/compiled_policy.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/text.h"
#include "libs/policy/condition.h"
#include "libs/policy/policy_check.h"

namespace redress {
namespace {

using event::v1::ClockSpec;
using policy::v1::Condition;
using policy::v1::SlaTable;
using policy::v1::Teams;

constexpr uint32_t kDefaultScore = 2;

uint32_t FirstSet(uint32_t own, uint32_t above) { return own != 0 ? own : above; }

policy::v1::BaseScores Inherit(const policy::v1::BaseScores& own,
                               const policy::v1::BaseScores& above) {
  policy::v1::BaseScores base;
  base.set_severity(FirstSet(own.severity(), above.severity()));
  base.set_urgency(FirstSet(own.urgency(), above.urgency()));
  base.set_impact(FirstSet(own.impact(), above.impact()));
  base.set_complexity(FirstSet(own.complexity(), above.complexity()));
  return base;
}

std::string LabelKey(std::string_view source, std::string_view label) {
  const std::string text(label);
  return absl::StrCat(std::string(source), "\n",
                      absl::AsciiStrToLower(absl::StripAsciiWhitespace(text)));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledPolicy>> CompiledPolicy::Compile(
    policy::v1::Policy policy) {
  const std::vector<PolicyProblem> problems = CheckPolicy(policy);
  if (!problems.empty()) return absl::InvalidArgumentError(FormatProblems(problems, "policy"));
  return std::shared_ptr<const CompiledPolicy>(new CompiledPolicy(std::move(policy)));
}

CompiledPolicy::CompiledPolicy(policy::v1::Policy policy)
    : policy_(std::move(policy)), manifest_(MakeManifest(policy_)) {
  IndexTaxonomy();
  IndexCodes();
}

CompiledPolicy::~CompiledPolicy() = default;

void CompiledPolicy::IndexTaxonomy() {
  policy::v1::BaseScores top;
  top.set_severity(kDefaultScore);
  top.set_urgency(kDefaultScore);
  top.set_impact(kDefaultScore);
  top.set_complexity(kDefaultScore);
  for (const auto& department : policy_.taxonomy().departments()) {
    PolicyCategory first{department.code(), 1, &department, nullptr, nullptr, &department.name()};
    first.base = Inherit(department.base(), top);
    categories_.push_back(first);
    for (const auto& type : department.types()) {
      PolicyCategory second{
          absl::StrCat(first.path, "/", type.code()), 2, &department, &type, nullptr, &type.name()};
      second.base = Inherit(type.base(), first.base);
      second.scenario = type.scenario();
      categories_.push_back(second);
      for (const auto& cause : type.causes()) {
        PolicyCategory third = second;
        third.path = absl::StrCat(second.path, "/", cause.code());
        third.depth = 3;
        third.cause = &cause;
        third.name = &cause.name();
        third.base = Inherit(cause.base(), second.base);
        categories_.push_back(std::move(third));
      }
    }
  }
  for (size_t i = 0; i < categories_.size(); ++i) category_by_path_[categories_[i].path] = i;
}

void CompiledPolicy::IndexCodes() {
  for (const auto& team : policy_.teams().teams()) {
    team_by_code_[team.code()] = &team;
    team_by_id_[EntityIdOf("team", team.code())] = &team;
  }
  for (const auto& agent : policy_.teams().agents()) {
    agent_by_code_[agent.code()] = &agent;
    agent_by_id_[EntityIdOf("agent", agent.code())] = &agent;
  }
  for (const auto& calendar : policy_.calendars()) calendar_by_code_[calendar.code()] = &calendar;
  for (const auto& region : policy_.sla().regions()) {
    calendar_by_region_[region.code()] = FindCalendar(region.calendar());
  }
  for (const auto& entry : policy_.label_map().entries()) {
    for (const std::string& label : entry.labels()) {
      category_by_label_[LabelKey(entry.source(), label)] = entry.category();
    }
  }
}

ContentHash CompiledPolicy::PartHash(std::string_view part, std::string_view code) const {
  for (const PolicyPart& entry : manifest_.parts) {
    if (entry.part == part && entry.code == code) return entry.hash;
  }
  return ContentHash();
}

const PolicyCategory* CompiledPolicy::FindCategory(std::string_view path) const {
  const auto it = category_by_path_.find(Absl(path));
  return it == category_by_path_.end() ? nullptr : &categories_[it->second];
}

const Teams::Team* CompiledPolicy::FindTeam(std::string_view code) const {
  const auto it = team_by_code_.find(std::string(code));
  return it == team_by_code_.end() ? nullptr : it->second;
}

const Teams::Agent* CompiledPolicy::FindAgent(std::string_view code) const {
  const auto it = agent_by_code_.find(std::string(code));
  return it == agent_by_code_.end() ? nullptr : it->second;
}

const policy::v1::Calendar* CompiledPolicy::FindCalendar(std::string_view code) const {
  const auto it = calendar_by_code_.find(std::string(code));
  return it == calendar_by_code_.end() ? nullptr : it->second;
}

const Teams::Team* CompiledPolicy::FindTeam(const EntityId& id) const {
  const auto it = team_by_id_.find(id);
  return it == team_by_id_.end() ? nullptr : it->second;
}

const Teams::Agent* CompiledPolicy::FindAgent(const EntityId& id) const {
  const auto it = agent_by_id_.find(id);
  return it == agent_by_id_.end() ? nullptr : it->second;
}

std::string_view CompiledPolicy::KnownRegion(std::string_view region) const {
  const auto it = calendar_by_region_.find(std::string(region));
  return it == calendar_by_region_.end() ? std::string_view(policy_.sla().default_region())
                                         : it->first;
}

const policy::v1::Calendar* CompiledPolicy::RegionCalendar(std::string_view region) const {
  return calendar_by_region_.at(std::string(KnownRegion(region)));
}

policy::v1::Scenario CompiledPolicy::ScenarioOf(const PolicyFacts& facts) const {
  const PolicyCategory* category = FindCategory(facts.category);
  return category == nullptr ? policy::v1::SCENARIO_UNSPECIFIED : category->scenario;
}

bool CompiledPolicy::Matches(const Condition& condition, const PolicyFacts& facts) const {
  return ConditionHolds(condition, facts, ScenarioOf(facts));
}

PolicyRoute CompiledPolicy::Route(const PolicyFacts& facts) const {
  const auto& routing = policy_.routing();
  PolicyRoute route;
  route.weight_units = routing.default_weight_units();
  route.view_scope.assign(routing.default_view_scope().begin(), routing.default_view_scope().end());
  for (const auto& rule : routing.rules()) {
    const Teams::Team* team = FindTeam(rule.team());
    if (!absl::c_linear_search(team->levels(), facts.level) || !Matches(rule.when(), facts))
      continue;
    route.team = team;
    route.skills.assign(rule.skills().begin(), rule.skills().end());
    if (rule.weight_units() > 0) route.weight_units = rule.weight_units();
    if (!rule.view_scope().empty())
      route.view_scope.assign(rule.view_scope().begin(), rule.view_scope().end());
    route.rules_fired.push_back(absl::StrCat("routing.", rule.name()));
    break;
  }
  if (route.team == nullptr) {
    for (const auto& entry : routing.default_teams()) {
      if (entry.level() != facts.level || !EmptyOrContains(entry.regions(), facts.region) ||
          !EmptyOrContains(entry.languages(), PrimaryTag(facts.language))) {
        continue;
      }
      route.team = FindTeam(entry.team());
      route.rules_fired.push_back("routing.default");
      break;
    }
  }
  // A level of 1 to 4 always has a default (CheckPolicy).
  REDRESS_CHECK(route.team != nullptr);
  route.team_id = EntityIdOf("team", route.team->code());
  for (const auto& rule : routing.skill_rules()) {
    if (!Matches(rule.when(), facts)) continue;
    for (const auto& need : rule.skills()) {
      const bool asked = std::any_of(route.skills.begin(), route.skills.end(),
                                     [&](const auto& own) { return own.skill() == need.skill(); });
      if (!asked) route.skills.push_back(need);
    }
    route.rules_fired.push_back(absl::StrCat("skill.", rule.name()));
  }
  return route;
}

const policy::v1::Escalation::Level& CompiledPolicy::Level(uint32_t level) const {
  const auto& levels = policy_.escalation().levels();
  const auto it =
      std::find_if(levels.begin(), levels.end(), [&](const auto& l) { return l.level() == level; });
  REDRESS_CHECK(it != levels.end());
  return *it;
}

const Teams::Team* CompiledPolicy::EscalationTeam(uint32_t level, const PolicyFacts& facts) const {
  for (const auto& entry : Level(level).teams()) {
    if (EmptyOrContains(entry.regions(), facts.region) &&
        EmptyOrContains(entry.languages(), PrimaryTag(facts.language)) &&
        (entry.categories().empty() || InCategories(entry.categories(), facts.category))) {
      return FindTeam(entry.team());
    }
  }
  return nullptr;
}

PolicyEscalation CompiledPolicy::Escalate(event::v1::Trigger::Kind kind,
                                          const PolicyFacts& facts) const {
  for (const auto& rule : policy_.escalation().triggers()) {
    if (rule.kind() != kind || facts.level < rule.from_level() || !Matches(rule.when(), facts))
      continue;
    // A rule that declines speaks for every level from its first.
    if (rule.decline()) return {absl::StrCat("escalation.", rule.name()), 0};
    if (facts.level >= rule.up_to_level()) continue;
    return {absl::StrCat("escalation.", rule.name()),
            std::max(facts.level + 1, rule.straight_to())};
  }
  return {"escalation.no_rule", 0};
}

PolicyClock CompiledPolicy::Resolve(const SlaTable::Rule& rule, const SlaTable::Clock& clock,
                                    std::string_view region) const {
  PolicyClock result;
  result.clock = &clock;
  result.rule = rule.name();
  if (clock.calendar() == "region") {
    result.calendar = RegionCalendar(region);
  } else if (clock.calendar() != "24x7") {
    result.calendar = FindCalendar(clock.calendar());
  }
  if (result.calendar != nullptr)
    result.calendar_hash = PartHash("calendar", result.calendar->code());
  result.target_ms = clock.target().working_days() == 0
                         ? clock.target().ms()
                         : clock.target().working_days() * result.calendar->working_day().ms();
  result.thresholds.assign(clock.thresholds().begin(), clock.thresholds().end());
  for (ClockSpec::Threshold& threshold : result.thresholds) {
    if (threshold.percent() == 0) threshold.set_percent(policy_.escalation().threshold_percent());
  }
  return result;
}

std::vector<PolicyClock> CompiledPolicy::Clocks(const PolicyFacts& facts) const {
  std::vector<PolicyClock> clocks;
  std::vector<int> decided;
  for (const SlaTable::Rule& rule : policy_.sla().rules()) {
    const bool news =
        std::any_of(rule.clocks().begin(), rule.clocks().end(), [&](const SlaTable::Clock& clock) {
          return !absl::c_linear_search(decided, static_cast<int>(clock.kind()));
        });
    if (!news || !Matches(rule.when(), facts)) continue;
    for (const SlaTable::Clock& clock : rule.clocks()) {
      if (absl::c_linear_search(decided, static_cast<int>(clock.kind()))) continue;
      decided.push_back(clock.kind());
      if (!clock.off()) clocks.push_back(Resolve(rule, clock, facts.region));
    }
  }
  std::sort(clocks.begin(), clocks.end(), [](const PolicyClock& a, const PolicyClock& b) {
    return a.clock->kind() < b.clock->kind();
  });
  return clocks;
}

std::string_view CompiledPolicy::CategoryOfLabels(std::string_view source,
                                                  const std::vector<std::string>& labels) const {
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    for (const std::string_view from : {source, std::string_view()}) {
      const auto it = category_by_label_.find(LabelKey(from, *label));
      if (it != category_by_label_.end()) return it->second;
    }
  }
  return {};
}

}  // namespace redress
