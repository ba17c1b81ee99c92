#include "services/router/decide/choose_agent.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace redress::router {
namespace {

constexpr int64_t kPerfect = 1000;

bool StillNeeded(const policy::v1::Routing::SkillNeed& need, const Demand& demand) {
  return !need.has_drop_after() || demand.waited_ms < need.drop_after().ms();
}

uint32_t Proficiency(const Candidate& agent, const std::string& skill, int64_t now_us) {
  for (const auto& owned : agent.skills) {
    const bool valid = owned.valid_until_us() == 0 || owned.valid_until_us() > now_us;
    if (owned.skill() == skill && valid) return owned.proficiency();
  }
  return 0;
}

bool HasSkills(const Candidate& agent, const Demand& demand) {
  return std::all_of(demand.skills.begin(), demand.skills.end(), [&](const auto& need) {
    return !StillNeeded(need, demand) ||
           Proficiency(agent, need.skill(), demand.now_us) >= need.proficiency();
  });
}

// Mean proficiency over the needs, 0-1000; all needs count here, also those that may be dropped.
int64_t SkillScore(const Candidate& agent, const Demand& demand) {
  if (demand.skills.empty()) return kPerfect;
  int64_t total = 0;
  for (const auto& need : demand.skills)
    total += Proficiency(agent, need.skill(), demand.now_us) * (kPerfect / 5);
  return total / static_cast<int64_t>(demand.skills.size());
}

int64_t LoadScore(const Candidate& agent) {
  if (agent.capacity_units == 0) return 0;
  const int64_t free = std::max<int64_t>(0, int64_t{agent.capacity_units} - agent.used_units);
  return free * kPerfect / agent.capacity_units;
}

int64_t LanguageScore(const Candidate& agent, const Demand& demand) {
  if (demand.language.empty()) return kPerfect;
  const bool speaks = std::find(agent.languages.begin(), agent.languages.end(), demand.language) !=
                      agent.languages.end();
  return speaks ? kPerfect : 0;
}

PassedOver Check(const Candidate& agent, const Demand& demand) {
  if (agent.excluded) return PassedOver::kExcluded;
  if (!agent.present) return PassedOver::kAbsent;
  if (!HasSkills(agent, demand)) return PassedOver::kSkill;
  if (agent.used_units + demand.weight_units > agent.capacity_units) return PassedOver::kFull;
  return PassedOver::kNo;
}

bool Better(const Scored& a, const Scored& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.agent->used_units != b.agent->used_units) return a.agent->used_units < b.agent->used_units;
  return a.agent->code < b.agent->code;
}

std::string ReasonOf(const std::vector<Scored>& considered) {
  if (considered.empty()) return "no_agents";
  // The one who came furthest says what is missing.
  PassedOver furthest = PassedOver::kNo;
  for (const Scored& scored : considered) furthest = std::max(furthest, scored.passed_over);
  switch (furthest) {
    case PassedOver::kFull:
      return "no_capacity";
    case PassedOver::kSkill:
      return "no_skill";
    case PassedOver::kAbsent:
      return "nobody_present";
    default:
      return "excluded";
  }
}

int64_t NextDrop(const Demand& demand) {
  int64_t next = 0;
  for (const auto& need : demand.skills) {
    if (!need.has_drop_after() || !StillNeeded(need, demand)) continue;
    const int64_t left = need.drop_after().ms() - demand.waited_ms;
    next = next == 0 ? left : std::min(next, left);
  }
  return next;
}

}  // namespace

Choice ChooseAgent(const std::vector<Candidate>& team, const Demand& demand,
                   const policy::v1::Routing::MatchWeights& weights) {
  Choice choice;
  const Scored* best = nullptr;
  const Scored* second = nullptr;
  choice.considered.reserve(team.size());
  for (const Candidate& agent : team) {
    Scored scored{&agent, 0, Check(agent, demand)};
    if (scored.passed_over == PassedOver::kNo) {
      scored.score = (SkillScore(agent, demand) * weights.skill_permille() +
                      LoadScore(agent) * weights.load_permille() +
                      LanguageScore(agent, demand) * weights.language_permille()) /
                     kPerfect;
    }
    choice.considered.push_back(scored);
  }
  for (const Scored& scored : choice.considered) {
    if (scored.passed_over != PassedOver::kNo) continue;
    if (best == nullptr || Better(scored, *best)) {
      second = best;
      best = &scored;
    } else if (second == nullptr || Better(scored, *second)) {
      second = &scored;
    }
  }
  if (best == nullptr) {
    choice.reason = ReasonOf(choice.considered);
    choice.changes_in_ms = NextDrop(demand);
    return choice;
  }
  choice.agent = best->agent;
  if (second != nullptr) {
    choice.runner_up = second->agent;
    if (best->score > 0) {
      choice.margin_permille =
          static_cast<int32_t>((best->score - second->score) * kPerfect / best->score);
    }
  }
  return choice;
}

std::string WhatItTakes(const Demand& demand) {
  std::string needs = absl::StrCat(demand.weight_units);
  for (const auto& need : demand.skills) {
    if (StillNeeded(need, demand))
      absl::StrAppend(&needs, " ", need.skill(), ":", need.proficiency());
  }
  return needs;
}

std::string_view PassedOverName(PassedOver why) {
  switch (why) {
    case PassedOver::kExcluded:
      return "excluded";
    case PassedOver::kAbsent:
      return "absent";
    case PassedOver::kSkill:
      return "skill";
    case PassedOver::kFull:
      return "full";
    case PassedOver::kNo:
      return "";
  }
  return "";
}

}  // namespace redress::router
