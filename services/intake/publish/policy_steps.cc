#include "services/intake/publish/policy_steps.h"

#include <memory>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/domain/payloads.h"
#include "libs/policy/published_policy.h"
#include "redress/event/v1/directory.pb.h"
#include "services/intake/decide/directory_deciders.h"

namespace redress::intake {
namespace {

using google::protobuf::Message;

bool Exists(const CommandContext& context) {
  return context.entity != nullptr && context.entity->head.exists();
}

bool Departed(const CommandContext& context) {
  return context.entity != nullptr && context.entity->state.definition().departed_at_us() != 0;
}

template <typename P>
const P& As(const Message& payload) {
  REDRESS_CHECK(payload.GetDescriptor() == P::descriptor());
  return static_cast<const P&>(payload);
}

// The event that the entity's definition stands on: names the state that a command replaces.
std::string BasisOf(const Directory& directory, const EntityId& entity, uint32_t type) {
  const Directory::Entity known = directory.Find(entity);
  if (known == nullptr) return "";
  if (type == PayloadOf<event::v1::AgentSkillsSet>().number)
    return std::to_string(known->skills().revision());
  if (type == PayloadOf<event::v1::AgentCapacitySet>().number)
    return std::to_string(known->capacity().revision());
  return known->definition().changed_by();
}

Command CommandOn(const EntityId& entity, const Message& payload, const Directory& directory,
                  const PublishedBy& by) {
  Command command;
  command.stream = entity;
  command.directory = true;
  command.type = PayloadOf(payload).number;
  command.actor = by.actor;
  const std::string content = payload.SerializeAsString();
  command.command_hash = HashOf(content);
  command.request =
      HashedId<RequestId>({"publish", entity.bytes(), std::to_string(command.type), content,
                           BasisOf(directory, entity, command.type), by.request});
  return command;
}

// No event says no to a directory command: ALREADY_EXISTS for what another instance published
// first.
absl::StatusOr<Decision> Answer(Decision decision) {
  const auto* refusal = std::get_if<Refusal>(&decision);
  if (refusal == nullptr) return decision;
  if (refusal->code == event::v1::CommandRefused::EXISTS)
    return absl::AlreadyExistsError("published before");
  return absl::FailedPreconditionError("the agent has departed");
}

Decision DecideRoster(EntityView& view, const CommandContext& context, const RosterChange& change) {
  const Message& payload = *change.payload;
  const auto* type = payload.GetDescriptor();
  if (type == event::v1::TeamDefined::descriptor()) {
    return DecideDefineTeam(view, As<event::v1::TeamDefined>(payload));
  }
  if (type == event::v1::AgentEnrolled::descriptor()) {
    personal::v1::AgentEnrolledPersonal who;
    REDRESS_CHECK(who.ParseFromString(change.personal));
    return DecideEnrollAgent(Exists(context), As<event::v1::AgentEnrolled>(payload), who);
  }
  if (type == event::v1::AgentMoved::descriptor())
    return DecideMoveAgent(view, As<event::v1::AgentMoved>(payload));
  if (type == event::v1::AgentSkillsSet::descriptor()) {
    return DecideSetSkills(view, Departed(context), As<event::v1::AgentSkillsSet>(payload));
  }
  return DecideSetCapacity(view, Departed(context), As<event::v1::AgentCapacitySet>(payload));
}

}  // namespace

std::vector<CommandWave> PolicyCommands(const PolicyManifest& manifest, const std::string& name,
                                        const Directory& directory, const PublishedBy& by) {
  const EntityId version = *EntityId::FromBytes(manifest.hash.bytes());
  if (directory.Find(version) != nullptr) return {};
  CommandWave parts;
  event::v1::PolicyPublished published = PublishedManifest(manifest);
  published.set_author(by.actor.id());
  published.set_name(name);
  for (const PolicyPart& part : manifest.parts) {
    const EntityId entity = *EntityId::FromBytes(part.hash.bytes());
    if (directory.Find(entity) != nullptr) continue;
    const event::v1::PolicyPartPublished event = PublishedPart(part);
    Command command = CommandOn(entity, event, directory, by);
    command.may_open = true;
    command.decide_entity = [event](EntityView&,
                                    const CommandContext& context) -> absl::StatusOr<Decision> {
      return Answer(DecidePublishPart(Exists(context), event));
    };
    parts.push_back(std::move(command));
  }
  Command last = CommandOn(version, published, directory, by);
  last.may_open = true;
  last.decide_entity = [published](EntityView&,
                                   const CommandContext& context) -> absl::StatusOr<Decision> {
    return Answer(DecidePublishPolicy(Exists(context), published));
  };
  return {std::move(parts), {std::move(last)}};
}

std::vector<CommandWave> RosterCommands(const std::vector<RosterChange>& changes,
                                        const Directory& directory, const PublishedBy& by) {
  std::vector<CommandWave> waves(3);
  for (const RosterChange& change : changes) {
    Command command = CommandOn(change.entity, *change.payload, directory, by);
    command.may_open = change.opens;
    command.decide_entity = [change](EntityView& view,
                                     const CommandContext& context) -> absl::StatusOr<Decision> {
      return Answer(DecideRoster(view, context, change));
    };
    waves[static_cast<size_t>(change.wave)].push_back(std::move(command));
  }
  return waves;
}

Command ActivationCommand(const ContentHash& manifest, const std::string& scope,
                          const Directory& directory, const PublishedBy& by) {
  event::v1::PolicyActivated activation;
  activation.set_scope(scope);
  activation.set_manifest(manifest.ToBytes());
  activation.set_running(event::v1::PolicyActivated::KEEP_RUNNING);
  Command command = CommandOn(EntityIdOf("scope", scope), activation, directory, by);
  command.may_open = true;
  command.decide_entity = [activation](EntityView& view,
                                       const CommandContext& context) -> absl::StatusOr<Decision> {
    return DecideActivatePolicy(view, activation, ToMicros(context.now));
  };
  return command;
}

}  // namespace redress::intake
