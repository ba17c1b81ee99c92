#include "services/intake/decide/directory_deciders.h"

#include <utility>

namespace redress::intake {
namespace {

using event::v1::CommandRefused;

Refusal Exists() { return Refusal{CommandRefused::EXISTS, {}}; }

Refusal HasDeparted() {
  return Refusal{CommandRefused::PRECONDITION, {{"needs", "an agent that has not departed"}}};
}

// Reads the definition: a departure meanwhile makes the command lose.
bool Departed(EntityView& view) { return view.definition().departed_at_us() != 0; }

}  // namespace

Decision DecideDefineTeam(EntityView& view, event::v1::TeamDefined team) {
  team.set_revision(view.definition().team().revision() + 1);
  return EventDraft::Of(std::move(team));
}

Decision DecideEnrollAgent(bool exists, event::v1::AgentEnrolled agent,
                           const personal::v1::AgentEnrolledPersonal& who) {
  if (exists) return Exists();
  return EventDraft::Of(std::move(agent), who.SerializeAsString());
}

Decision DecideMoveAgent(EntityView& view, event::v1::AgentMoved moved) {
  if (Departed(view)) return HasDeparted();
  return EventDraft::Of(std::move(moved));
}

Decision DecideSetSkills(EntityView& view, bool departed, event::v1::AgentSkillsSet skills) {
  if (departed) return HasDeparted();
  skills.set_revision(view.skills().revision() + 1);
  return EventDraft::Of(std::move(skills));
}

Decision DecideSetCapacity(EntityView& view, bool departed, event::v1::AgentCapacitySet capacity) {
  if (departed) return HasDeparted();
  capacity.set_revision(view.capacity().revision() + 1);
  return EventDraft::Of(std::move(capacity));
}

Decision DecideSetPresence(bool departed, event::v1::PresenceChanged presence, int64_t now_us) {
  if (departed) return HasDeparted();
  presence.set_from_us(now_us);
  return EventDraft::Of(std::move(presence));
}

Decision DecideDepartAgent(EntityView& view, event::v1::AgentDeparted departed, int64_t now_us) {
  if (Departed(view)) return HasDeparted();
  departed.set_at_us(now_us);
  return EventDraft::Of(std::move(departed));
}

Decision DecidePublishPart(bool exists, event::v1::PolicyPartPublished part) {
  if (exists) return Exists();
  return EventDraft::Of(std::move(part));
}

Decision DecidePublishPolicy(bool exists, event::v1::PolicyPublished policy) {
  if (exists) return Exists();
  return EventDraft::Of(std::move(policy));
}

Decision DecideActivatePolicy(EntityView& view, event::v1::PolicyActivated activation,
                              int64_t now_us) {
  view.definition();
  activation.set_effective_from_us(now_us);
  return EventDraft::Of(std::move(activation));
}

}  // namespace redress::intake
