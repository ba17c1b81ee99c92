#include "services/sla_timer/testing/sla_world.h"

#include "libs/base/check.h"

namespace redress::sla_timer {

ServiceParts SlaUnderTest::Parts() {
  ServiceParts parts;
  parts.projection = &projection;
  parts.decider = &decider;
  parts.kinds = SlaKindsInOrder();
  parts.owns = {OwnershipKind::kSlaTimer};
  return parts;
}

bool SlaWorld::HasClock(const ComplaintId& complaint, event::v1::ClockSpec::Kind kind) const {
  const auto state = StateOf(complaint);
  for (const auto& spec : state.clocks().clocks()) {
    if (spec.kind() == kind) return true;
  }
  return false;
}

event::v1::ClockSpec SlaWorld::ClockOf(const ComplaintId& complaint,
                                       event::v1::ClockSpec::Kind kind) const {
  const auto state = StateOf(complaint);
  for (const auto& spec : state.clocks().clocks()) {
    if (spec.kind() == kind) return spec;
  }
  REDRESS_CHECK(false);
  return {};
}

}  // namespace redress::sla_timer
