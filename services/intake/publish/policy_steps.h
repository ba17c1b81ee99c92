// Publishing as commands on directory entities, in waves: the commands of one wave do not depend on
// each other. Their request ids follow from what they publish and from the state that they replace,
// so that two instances that both publish do it once, and a later return to an earlier content is a
// change again. Pure but for the directory.
#pragma once

#include <string>
#include <vector>

#include "libs/directory/directory.h"
#include "libs/policy/manifest.h"
#include "libs/runtime/command_path.h"
#include "redress/event/v1/record.pb.h"
#include "redress/policy/v1/policy.pb.h"
#include "services/intake/publish/roster_diff.h"

namespace redress::intake {

using CommandWave = std::vector<Command>;

// Who publishes, and (for a caller's command) which request it belongs to; empty: publishing by
// itself.
struct PublishedBy {
  event::v1::Actor actor;
  std::string request;
};

// Parts that the directory does not have, then the manifest. Nothing when all is there.
std::vector<CommandWave> PolicyCommands(const PolicyManifest& manifest, const std::string& name,
                                        const Directory& directory, const PublishedBy& by);

// The roster by difference.
std::vector<CommandWave> RosterCommands(const std::vector<RosterChange>& changes,
                                        const Directory& directory, const PublishedBy& by);

// Activation of a published manifest in a scope (empty: everywhere).
Command ActivationCommand(const ContentHash& manifest, const std::string& scope,
                          const Directory& directory, const PublishedBy& by);

}  // namespace redress::intake
