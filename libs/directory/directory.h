// The directory in memory: teams, agents, policy versions as folded so far, for deciders (which
// name the codes) and for queries (which show them). Small: it grows with the organisation, not
// with its complaints.
//
// Changed on the service's thread; read from any.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "libs/base/ids.h"
#include "libs/base/mutex.h"
#include "libs/clocks/calendar_shelf.h"
#include "libs/policy/compiled_policy.h"
#include "libs/projection/projection_store.h"
#include "libs/runtime/projection.h"

namespace redress {

class Directory {
 public:
  using Entity = std::shared_ptr<const storage::v1::DirectoryState>;

  // Reads the stored entity rows; before folding starts.
  absl::Status Load(const ProjectionStore& store);
  // After each effective directory event.
  void Apply(const EntityRow& row);

  // Null when there is none.
  Entity Find(const EntityId& id) const;
  // By code; null when there is none, or (agents) when departed.
  Entity FindTeam(std::string_view code) const;
  Entity FindAgent(std::string_view code) const;
  // Every team, every agent that has not departed; in the order of their codes.
  std::vector<std::pair<EntityId, Entity>> Teams() const;
  std::vector<std::pair<EntityId, Entity>> Agents() const;
  // Code of a team or agent for display; its id in hex when not known; empty for "none".
  std::string CodeOf(std::string_view id_bytes) const;

  // The manifest in force for a region at a time: the scope's own, else the one for everywhere;
  // none: no policy yet.
  ContentHash ActivePolicy(std::string_view region, int64_t now_us) const;
  // The compiled policy, or null while its parts are not all folded (then the work that cites it
  // waits).
  std::shared_ptr<const CompiledPolicy> FindPolicy(const ContentHash& manifest) const;
  // Every calendar that a policy has published, by content hash.
  const CalendarShelf& calendars() const { return calendars_; }
  // Effective directory events seen: changes whenever anything changed.
  uint64_t revision() const;
  // The entity holds an event of a newer release: work that needs it waits.
  bool IsNewer(const EntityId& id) const;

 private:
  void Put(const EntityId& id, const storage::v1::DirectoryState& state, bool newer);

  CalendarShelf calendars_;
  mutable Mutex mutex_;
  std::map<EntityId, Entity> entities_;
  std::map<EntityId, bool> newer_;
  mutable std::map<ContentHash, std::shared_ptr<const CompiledPolicy>> compiled_;
  uint64_t revision_ = 0;
};

}  // namespace redress
