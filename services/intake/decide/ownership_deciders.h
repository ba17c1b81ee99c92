// The pure deciders of commands on who has a complaint and at which level:
// (state, input, now) → one event or a refusal (`command_facts.h`).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/domain/decision.h"
#include "libs/domain/state_view.h"
#include "redress/event/v1/ownership.pb.h"
#include "services/intake/decide/command_facts.h"

namespace redress::intake {

struct LevelInput {
  // 0: one step.
  uint32_t to_level = 0;
  std::string reason;
  std::string reason_text;
  // Team id or empty.
  std::string team_id;
  event::v1::ComplaintEscalated::OwnerAfter owner_after = event::v1::ComplaintEscalated::CLEAR;
  std::vector<std::string> view_scope;
};
Decision DecideEscalate(StateView& view, const LevelInput& input);
Decision DecideDeescalate(StateView& view, const LevelInput& input);
// Empty `triggers`: all that are open.
Decision DecideDeclineEscalation(StateView& view, const std::vector<std::string>& triggers,
                                 const std::string& reason);

struct AssignInput {
  std::string agent_id;
  std::string team_id;
  event::v1::ComplaintAssigned::Mode mode = event::v1::ComplaintAssigned::MANUAL;
  uint32_t weight = 1;
  std::string note;
  std::string hand_over_note;
};
Decision DecideAssign(StateView& view, const CommandFacts& facts, const AssignInput& input);

struct QueueInput {
  // Empty: the team that has it now.
  std::string team_id;
  event::v1::ComplaintQueued::Cause cause = event::v1::ComplaintQueued::RELEASED;
  std::string note;
};
Decision DecideQueue(StateView& view, const CommandFacts& facts, const QueueInput& input);

}  // namespace redress::intake
