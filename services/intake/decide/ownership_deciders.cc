#include "services/intake/decide/ownership_deciders.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/intake/decide/preconditions.h"

namespace redress::intake {
namespace {

using event::v1::CommandRefused;
std::optional<Refusal> CheckNotExcluded(StateView& view, const std::string& agent_id,
                                        const std::string& team_id) {
  const auto& recusal = view.recusal();
  if (!agent_id.empty() && absl::c_linear_search(recusal.excluded_agents(), agent_id)) {
    return Refusal{CommandRefused::IS_EXCLUDED,
                   {{"agent", EntityId::FromBytesOrNone(agent_id).ToHex()}}};
  }
  if (!team_id.empty() && absl::c_linear_search(recusal.excluded_teams(), team_id)) {
    return Refusal{CommandRefused::IS_EXCLUDED,
                   {{"team", EntityId::FromBytesOrNone(team_id).ToHex()}}};
  }
  return std::nullopt;
}

}  // namespace

Decision DecideEscalate(StateView& view, const LevelInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintEscalated>(view)) return *refusal;
  const uint32_t level = view.level().level();
  const uint32_t to_level = input.to_level == 0 ? level + 1 : input.to_level;
  if (to_level <= level || to_level > 4)
    return Precondition(absl::StrCat("a level above ", level, " and up to 4"));
  event::v1::ComplaintEscalated escalated;
  escalated.set_from_level(level);
  escalated.set_to_level(to_level);
  for (const auto& open : view.triggers().open()) {
    escalated.add_triggers(open.trigger().trigger_id());
    escalated.add_because(open.trigger().kind());
  }
  view.ownership();
  escalated.set_reason(input.reason);
  escalated.set_team_id(input.team_id);
  escalated.set_owner_after(input.owner_after);
  for (const std::string& scope : input.view_scope) escalated.add_view_scope(scope);
  std::string personal;
  if (!input.reason_text.empty()) {
    personal::v1::ComplaintEscalatedPersonal text;
    text.set_reason_text(input.reason_text);
    personal = text.SerializeAsString();
  }
  return EventDraft::Of(std::move(escalated), std::move(personal));
}

Decision DecideDeescalate(StateView& view, const LevelInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintDeescalated>(view)) return *refusal;
  const uint32_t level = view.level().level();
  const uint32_t to_level = input.to_level == 0 ? level - 1 : input.to_level;
  if (to_level >= level || to_level == 0)
    return Precondition(absl::StrCat("a level below ", level, " and at least 1"));
  view.ownership();
  event::v1::ComplaintDeescalated deescalated;
  deescalated.set_from_level(level);
  deescalated.set_to_level(to_level);
  deescalated.set_reason(input.reason);
  deescalated.set_team_id(input.team_id);
  deescalated.set_owner_after(input.owner_after);
  std::string personal;
  if (!input.reason_text.empty()) {
    personal::v1::ComplaintEscalatedPersonal text;
    text.set_reason_text(input.reason_text);
    personal = text.SerializeAsString();
  }
  return EventDraft::Of(std::move(deescalated), std::move(personal));
}

Decision DecideDeclineEscalation(StateView& view, const std::vector<std::string>& triggers,
                                 const std::string& reason) {
  if (auto refusal = CheckStage<event::v1::EscalationDeclined>(view)) return *refusal;
  view.level();
  std::vector<std::string> open;
  for (const auto& trigger : view.triggers().open()) open.push_back(trigger.trigger().trigger_id());
  if (open.empty()) return Precondition("an open trigger");
  for (const std::string& id : triggers) {
    if (!absl::c_linear_search(open, id)) return Precondition("triggers that are open");
  }
  event::v1::EscalationDeclined declined;
  for (const std::string& id : triggers.empty() ? open : triggers) declined.add_triggers(id);
  declined.set_rule(reason);
  return EventDraft::Of(std::move(declined));
}

Decision DecideAssign(StateView& view, const CommandFacts& facts, const AssignInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintAssigned>(view)) return *refusal;
  if (auto refusal = CheckNotExcluded(view, input.agent_id, input.team_id)) return *refusal;
  view.level();
  const auto& ownership = view.ownership();
  if (ownership.owner_id() == input.agent_id) return Precondition("another than the present owner");
  const bool taking = input.mode == event::v1::ComplaintAssigned::TAKEN;
  if (taking && !ownership.owner_id().empty()) return Precondition("nobody to own it yet");
  event::v1::ComplaintAssigned assigned;
  assigned.set_agent_id(input.agent_id);
  assigned.set_team_id(input.team_id);
  assigned.set_mode(input.mode);
  assigned.set_previous_owner(ownership.owner_id());
  assigned.set_weight(input.weight);
  personal::v1::ComplaintAssignedPersonal personal;
  personal.set_hand_over_note(input.hand_over_note);
  if (!input.note.empty()) {
    assigned.mutable_note()->set_note_id(InnerId(facts.request, "note"));
    personal.mutable_note()->set_text(input.note);
  }
  return EventDraft::Of(std::move(assigned), personal.SerializeAsString());
}

Decision DecideQueue(StateView& view, const CommandFacts& facts, const QueueInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintQueued>(view)) return *refusal;
  if (auto refusal = CheckNotExcluded(view, "", input.team_id)) return *refusal;
  view.level();
  const auto& ownership = view.ownership();
  const bool releases = input.cause == event::v1::ComplaintQueued::RELEASED;
  if (releases && ownership.owner_id().empty()) return Precondition("an owner");
  event::v1::ComplaintQueued queued;
  queued.set_team_id(input.team_id.empty() ? ownership.team_id() : input.team_id);
  queued.set_from_team_id(ownership.team_id());
  queued.set_cause(input.cause);
  queued.set_reason(releases ? "released" : "transferred");
  std::string personal;
  if (!input.note.empty()) {
    queued.mutable_note()->set_note_id(InnerId(facts.request, "note"));
    personal::v1::ComplaintQueuedPersonal text;
    text.mutable_note()->set_text(input.note);
    personal = text.SerializeAsString();
  }
  return EventDraft::Of(std::move(queued), std::move(personal));
}

}  // namespace redress::intake
