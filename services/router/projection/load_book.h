// What every agent carries: folded assignments and those that are on their way (events.md 4.6: the one active router
// counts its own pending assignments). On the service's thread.
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "libs/base/ids.h"

namespace redress::router {

struct Holding {
  EntityId agent;
  EntityId team;
  uint32_t units = 0;
  friend bool operator==(const Holding&, const Holding&) = default;
};

class LoadBook {
 public:
  // The complaint is held like this now; default-made: by nobody. True when somebody has less to carry than before.
  bool Set(const ComplaintId& complaint, const Holding& holding);
  // On its way to the log; folded or failed it is taken out again.
  void AddPending(const ComplaintId& complaint, const Holding& holding);
  void RemovePending(const ComplaintId& complaint);

  uint32_t UsedUnits(const EntityId& agent) const;
  // Complaints that the agent holds, pending ones not counted.
  const absl::flat_hash_set<ComplaintId>& HeldBy(const EntityId& agent) const;
  const Holding* Find(const ComplaintId& complaint) const;

 private:
  absl::flat_hash_map<ComplaintId, Holding> held_;
  absl::flat_hash_map<ComplaintId, Holding> pending_;
  absl::flat_hash_map<EntityId, uint32_t> used_;
  absl::flat_hash_map<EntityId, absl::flat_hash_set<ComplaintId>> by_agent_;
};

}  // namespace redress::router
