// Deciders of commands on the directory: teams, agents, policy versions. Pure; the view records
// what was read. Ids and references are resolved by the caller.
#pragma once

#include "libs/domain/decision.h"
#include "libs/domain/state_view.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::intake {

// `team` is complete but for the revision.
Decision DecideDefineTeam(EntityView& view, event::v1::TeamDefined team);

// Refused (EXISTS) when the agent is enrolled.
Decision DecideEnrollAgent(bool exists, event::v1::AgentEnrolled agent,
                           const personal::v1::AgentEnrolledPersonal& who);

// All that follow are refused (PRECONDITION) when the agent has departed. Skills, capacity and
// presence conflict with their own kind only, so for them `departed` is an input and not a read.
Decision DecideMoveAgent(EntityView& view, event::v1::AgentMoved moved);
Decision DecideSetSkills(EntityView& view, bool departed, event::v1::AgentSkillsSet skills);
Decision DecideSetCapacity(EntityView& view, bool departed, event::v1::AgentCapacitySet capacity);
Decision DecideSetPresence(bool departed, event::v1::PresenceChanged presence, int64_t now_us);
Decision DecideDepartAgent(EntityView& view, event::v1::AgentDeparted departed, int64_t now_us);

// Refused (EXISTS) when it was published: content under its hash never changes.
Decision DecidePublishPart(bool exists, event::v1::PolicyPartPublished part);
Decision DecidePublishPolicy(bool exists, event::v1::PolicyPublished policy);
Decision DecideActivatePolicy(EntityView& view, event::v1::PolicyActivated activation,
                              int64_t now_us);

}  // namespace redress::intake
