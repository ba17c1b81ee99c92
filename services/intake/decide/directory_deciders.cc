#include "services/intake/decide/directory_deciders.h"

#include <utility>

#include "libs/domain/payloads.h"

namespace redress::intake {
namespace {

using event::v1::CommandRefused;

template <typename P>
Decision Refused() {
  return DirectoryRefusal(PayloadOf<P>().number);
}

// Reads the definition: a departure meanwhile makes the command lose.
bool Departed(EntityView& view) { return view.definition().departed_at_us() != 0; }

}  // namespace

Refusal DirectoryRefusal(uint32_t type) {
  const bool opens = type == PayloadOf<event::v1::AgentEnrolled>().number ||
                     type == PayloadOf<event::v1::PolicyPartPublished>().number ||
                     type == PayloadOf<event::v1::PolicyPublished>().number;
  if (opens) return Refusal{CommandRefused::EXISTS, {}};
  return Refusal{CommandRefused::PRECONDITION, {{"needs", "an agent that has not departed"}}};
}

Decision DecideDefineTeam(EntityView& view, event::v1::TeamDefined team) {
  team.set_revision(view.definition().team().revision() + 1);
  return EventDraft::Of(std::move(team));
}

Decision DecideEnrollAgent(bool exists, event::v1::AgentEnrolled agent,
                           const personal::v1::AgentEnrolledPersonal& who) {
  if (exists) return Refused<event::v1::AgentEnrolled>();
  return EventDraft::Of(std::move(agent), who.SerializeAsString());
}

Decision DecideMoveAgent(EntityView& view, event::v1::AgentMoved moved) {
  if (Departed(view)) return Refused<event::v1::AgentMoved>();
  return EventDraft::Of(std::move(moved));
}

Decision DecideSetSkills(EntityView& view, bool departed, event::v1::AgentSkillsSet skills) {
  if (departed) return Refused<event::v1::AgentSkillsSet>();
  skills.set_revision(view.skills().revision() + 1);
  return EventDraft::Of(std::move(skills));
}

Decision DecideSetCapacity(EntityView& view, bool departed, event::v1::AgentCapacitySet capacity) {
  if (departed) return Refused<event::v1::AgentCapacitySet>();
  capacity.set_revision(view.capacity().revision() + 1);
  return EventDraft::Of(std::move(capacity));
}

Decision DecideSetPresence(bool departed, event::v1::PresenceChanged presence, int64_t now_us) {
  if (departed) return Refused<event::v1::PresenceChanged>();
  presence.set_from_us(now_us);
  return EventDraft::Of(std::move(presence));
}

Decision DecideDepartAgent(EntityView& view, event::v1::AgentDeparted departed, int64_t now_us) {
  if (Departed(view)) return Refused<event::v1::AgentDeparted>();
  departed.set_at_us(now_us);
  return EventDraft::Of(std::move(departed));
}

Decision DecidePublishPart(bool exists, event::v1::PolicyPartPublished part) {
  if (exists) return Refused<event::v1::PolicyPartPublished>();
  return EventDraft::Of(std::move(part));
}

Decision DecidePublishPolicy(bool exists, event::v1::PolicyPublished policy) {
  if (exists) return Refused<event::v1::PolicyPublished>();
  return EventDraft::Of(std::move(policy));
}

Decision DecideActivatePolicy(EntityView& view, event::v1::PolicyActivated activation, int64_t now_us) {
  view.definition();
  activation.set_effective_from_us(now_us);
  return EventDraft::Of(std::move(activation));
}

}  // namespace redress::intake
