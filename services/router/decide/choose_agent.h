// Who gets a complaint: skill × free capacity × presence (F8.1-F8.5), and when nobody does, why
// not. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/ids.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/policy/v1/routing.pb.h"

namespace redress::router {

// An agent as a member of one team, with what it carries now.
struct Candidate {
  EntityId id;
  std::string code;
  bool present = false;
  uint32_t capacity_units = 0;
  uint32_t used_units = 0;
  std::vector<std::string> languages;
  std::vector<std::string> regions;
  std::vector<event::v1::AgentSkillsSet::Skill> skills;
  bool excluded = false;
};

// What the complaint asks for.
struct Demand {
  std::vector<policy::v1::Routing::SkillNeed> skills;
  uint32_t weight_units = 1;
  // Primary tag; empty: any.
  std::string language;
  std::string region;
  // How long it has waited: needs with `drop_after` fall away (a complaint never starves).
  int64_t waited_ms = 0;
  int64_t now_us = 0;
};

// Why an agent was passed over, in the order in which it is looked at.
enum class PassedOver { kNo, kExcluded, kAbsent, kSkill, kFull };

struct Scored {
  const Candidate* agent = nullptr;
  int64_t score = 0;
  PassedOver passed_over = PassedOver::kNo;
};

// `agent`, `runner_up` and `considered` point into the team chosen from.
struct Choice {
  // Null: nobody; then `reason` says why: no_agents, excluded, nobody_present, no_skill,
  // no_capacity.
  const Candidate* agent = nullptr;
  std::string reason;
  const Candidate* runner_up = nullptr;
  // Difference of the two scores, ‰ of the better one.
  int32_t margin_permille = 0;
  std::vector<Scored> considered;
  // When waiting longer changes the answer because a need falls away, ms from now; 0: never.
  int64_t changes_in_ms = 0;
};

// Of two complaints with the same text nobody can take the one when nobody can take the other: what
// an agent must have for it. Without the team, whose choice it is.
std::string WhatItTakes(const Demand& demand);

// Deterministic: equal scores go to the agent with less load, then by code. `team` outlives the
// choice.
Choice ChooseAgent(const std::vector<Candidate>& team, const Demand& demand,
                   const policy::v1::Routing::MatchWeights& weights);

std::string_view PassedOverName(PassedOver why);

}  // namespace redress::router
