// What every agent carries: folded assignments and those that are on their way (events.md 4.6: the
// one active router counts its own pending assignments). On the service's thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "libs/base/ids.h"

namespace redress::router {

struct Holding {
  EntityId agent;
  EntityId team;
  uint32_t units = 0;
  // Level of the complaint when it was given.
  uint32_t level = 0;
  // Its owner has begun.
  bool started = false;
  // Given by the router, not by a person: counts when too much was given.
  bool direct = false;
  int64_t since_us = 0;

  // Value of the stored row.
  std::string Encode(const ComplaintId& complaint) const;
  // False: damaged.
  static bool Decode(std::string_view bytes, ComplaintId* complaint, Holding* holding);
  friend bool operator==(const Holding&, const Holding&) = default;
};

class LoadBook {
 public:
  // The complaint is held like this now; default-made: by nobody. What is on its way for it is
  // settled thereby. True when somebody has less to carry than before.
  bool Set(const ComplaintId& complaint, const Holding& holding);
  // On its way to the log; folded or failed it is taken out again. True when it was still there, so
  // that somebody has less to carry than was thought.
  void AddPending(const ComplaintId& complaint, const Holding& holding);
  bool RemovePending(const ComplaintId& complaint);

  uint32_t UsedUnits(const EntityId& agent) const;
  // Complaints that the agent holds, pending ones not counted.
  const absl::flat_hash_set<ComplaintId>& HeldBy(const EntityId& agent) const;
  std::vector<ComplaintId> HeldIn(const EntityId& team) const;
  const Holding* Find(const ComplaintId& complaint) const;
  // What has to go back so that what the router gave the agent fits again: of the complaints not
  // begun the newest first. What a person assigned may exceed the capacity and stays
  // (events.md 4.6).
  std::vector<ComplaintId> BeyondCapacity(const EntityId& agent, uint32_t capacity_units) const;

 private:
  absl::flat_hash_map<ComplaintId, Holding> held_;
  absl::flat_hash_map<ComplaintId, Holding> pending_;
  absl::flat_hash_map<EntityId, uint32_t> used_;
  absl::flat_hash_map<EntityId, absl::flat_hash_set<ComplaintId>> by_agent_;
};

}  // namespace redress::router
