// The roster of a policy against the directory: which events bring the one to the other. Equal is
// no event; agents that the roster does not name stay as they are. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/base/ids.h"
#include "libs/directory/directory.h"
#include "redress/policy/v1/policy.pb.h"

namespace redress::intake {

struct RosterChange {
  // "team" or "agent".
  std::string kind;
  std::string code;
  EntityId entity;
  // Companion of personal data, serialised; empty: none.
  std::string personal;
  // The event, complete but for revisions.
  std::shared_ptr<const google::protobuf::Message> payload;
  // It creates the entity.
  bool opens = false;
  // Changes of one wave do not depend on each other; 0 first.
  int wave = 0;
};

// Calendars are named by the hashes of `policy`'s parts.
std::vector<RosterChange> RosterChanges(const policy::v1::Policy& policy,
                                        const Directory& directory);

}  // namespace redress::intake
