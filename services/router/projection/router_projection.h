// What the router makes of the log: complaints that need an owner, in priority order, and what every agent carries.
// Rows of its own: 'A' row number → holding (agent, team, units). On the service's thread.
#pragma once

#include "libs/directory/directory.h"
#include "libs/metrics/domain_metrics.h"
#include "libs/runtime/actor.h"
#include "libs/runtime/projection.h"
#include "services/router/projection/load_book.h"

namespace redress::router {

// Kinds of work.
inline constexpr WorkKind kReroute = 1;
inline constexpr WorkKind kRoute = 2;

// The complaint needs an owner: assessed or under investigation, nobody owns it.
bool NeedsOwner(const storage::v1::ComplaintState& state);

class RouterProjection final : public Projection {
 public:
  RouterProjection(Directory* directory, RouterMetrics metrics) : directory_(directory), metrics_(metrics) {}
  // Told when waiting complaints may find somebody.
  void SetActor(Actor* actor) { actor_ = actor; }

  AspectSet kept() const override;
  absl::Status Start(const ProjectionStore& store) override;
  absl::Status OnComplaint(const JudgedRecord& record, const ComplaintRow& row, Rows rows) override;
  absl::Status OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows rows) override;
  void WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const override;

  LoadBook& loads() { return loads_; }
  const LoadBook& loads() const { return loads_; }
  Directory& directory() { return *directory_; }

 private:
  void Count(const JudgedRecord& record, const ComplaintRow& row);

  Directory* const directory_;
  const RouterMetrics metrics_;
  Actor* actor_ = nullptr;
  LoadBook loads_;
};

}  // namespace redress::router
