// The router's work: give complaints without owner to the best person of the right team, or queue
// them with a stated reason; put complaints back into the queue, with their age, whose owner cannot
// go on with them (events.md 2.1, route and re-route). On the service's thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/runtime/actor.h"
#include "services/router/decide/choose_agent.h"
#include "services/router/projection/router_projection.h"

namespace redress::router {

// The team of a complaint and what was asked of its people; used by decisions and by ExplainRoute
// alike.
struct Routed {
  PolicyFacts facts;
  PolicyRoute route;
  EntityId team;
  Demand demand;
  Choice choice;
  // Chosen from the overflow team of `team`.
  bool overflow = false;
};

// What the policy's rules look at.
PolicyFacts FactsOfComplaint(const ComplaintRow& row, uint32_t level);
// Rules, inputs, weights, runner-up and margin of a routing.
event::v1::Explained ExplainRouted(const CompiledPolicy& policy, const Routed& routed);

class RouterDecider final : public WorkDecider {
 public:
  explicit RouterDecider(RouterProjection* projection) : projection_(projection) {}

  std::string_view KindName(WorkKind kind) const override;
  OwnershipKind OwnerOf(WorkKind) const override { return OwnershipKind::kRouter; }
  WorkAnswer Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                    absl::Time now) override;
  void OnInFlight(const WorkItem& item, const google::protobuf::Message* payload) override;
  void OnLanded(const WorkItem& item) override { projection_->OnLanded(item.stream); }

  // What would be decided now. `policy` is the one in force.
  Routed Route(const CompiledPolicy& policy, const ComplaintRow& row,
               const storage::v1::OwnershipState& ownership, uint32_t level,
               const storage::v1::RecusalState& recusal, absl::Time now);

 private:
  WorkAnswer DecideRoute(const ComplaintRow& row, StateView& view, absl::Time now);
  WorkAnswer DecideReroute(const ComplaintRow& row, StateView& view, absl::Time now);
  // People of a team with what they carry now; the parts that the directory gives are kept per
  // directory revision. Valid until the next call.
  const std::vector<Candidate>& Team(const EntityId& team,
                                     const storage::v1::RecusalState& recusal);
  void RefreshRoster();

  RouterProjection* const projection_;
  uint64_t roster_revision_ = 0;
  std::map<EntityId, std::vector<Candidate>> roster_;
};

}  // namespace redress::router
