// The glue of sla-timer's work: finds the policy that the complaint is pinned to, records what is
// read, and asks the pure deciders. What is not folded yet (a policy, a calendar) makes a row wait,
// never go.
//
// On the service's thread. `directory` must outlive the decider.
#pragma once

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "libs/clocks/calendar_shelf.h"
#include "libs/directory/directory.h"
#include "libs/runtime/actor.h"
#include "services/sla_timer/decide/policy_facts.h"
#include "services/sla_timer/projection/sla_projection.h"

namespace redress::sla_timer {

class SlaDecider final : public WorkDecider {
 public:
  explicit SlaDecider(const Directory* directory) : directory_(directory) {}

  std::string_view KindName(WorkKind kind) const override;
  OwnershipKind OwnerOf(WorkKind) const override { return OwnershipKind::kSlaTimer; }
  WorkAnswer Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                    absl::Time now) override;

 private:
  std::shared_ptr<const CompiledPolicy> PinnedPolicy(const StateView& view) const;
  const FactNames& NamesOf(const CompiledPolicy& policy);
  WorkAnswer SetClocks(const WorkItem& item, const ComplaintRow& row, StateView& view);
  WorkAnswer Fire(const WorkItem& item, StateView& view, absl::Time now);
  WorkAnswer FireClock(std::string_view clock_id, std::optional<uint32_t> percent, StateView& view,
                       absl::Time now);
  WorkAnswer Answer(StateView& view);
  WorkAnswer EndWaiting(const WorkItem& item, StateView& view, absl::Time now);

  const Directory* const directory_;
  // By policy, as long as this runs: there are few.
  absl::flat_hash_map<ContentHash, std::unique_ptr<const FactNames>> names_;
};

// The order in which the kinds are served: clocks follow the facts first; verdicts come before the
// escalation that they lead to.
std::vector<WorkKind> SlaKindsInOrder();

}  // namespace redress::sla_timer
