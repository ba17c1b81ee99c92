// Intake's work: inbound items become complaints or messages, unusable ones are screened,
// unreadable records get a pointer on the dead-letter topic (`events.md` 2.1, take-in). On the
// service's thread.
#pragma once

#include <optional>

#include "libs/base/random.h"
#include "libs/runtime/actor.h"
#include "redress/personal/v1/personal.pb.h"
#include "services/intake/projection/intake_projection.h"

namespace redress::intake {

class TakeInDecider final : public WorkDecider {
 public:
  // Both outlive the decider; `random` names the records of answers.
  TakeInDecider(IntakeProjection* projection, Random* random)
      : projection_(projection), random_(random) {}

  std::string_view KindName(WorkKind kind) const override;
  OwnershipKind OwnerOf(WorkKind kind) const override;
  absl::StatusOr<StreamId> TargetOf(const WorkItem& item) override;
  WorkAnswer Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                    absl::Time now) override;

 private:
  WorkAnswer TakeIn(const WorkItem& work, const PendingItem& pending, const ComplaintRow& row,
                    StateView& view, absl::Time now);
  WorkAnswer Screen(const WorkItem& work, const PendingItem& pending, absl::Time now);
  WorkAnswer PointTo(const WorkItem& work, absl::Time now);
  // The complaint that an item names by other means than its thread; none when it names none or an
  // unknown one.
  absl::StatusOr<ComplaintId> NamedComplaint(const personal::v1::InboundItem& item) const;

  IntakeProjection* const projection_;
  Random* const random_;
};

}  // namespace redress::intake
