// sla-timer over the simulated log and virtual time (libs/testing/world).
//
//   SlaWorld world;
//   world.Publish(DefaultPolicy());
//   auto complaint = world.Receive("late parcel");
//   world.Assess(complaint, 1);
//   world.RunFor(absl::Hours(20));
//   EXPECT_EQ(world.Of<event::v1::ComplaintEscalated>(complaint).size(), 1u);
#pragma once

#include "libs/directory/directory.h"
#include "libs/testing/world/service_world.h"
#include "services/sla_timer/projection/sla_projection.h"
#include "services/sla_timer/work/sla_decider.h"

namespace redress::sla_timer {

using testing::At;
using testing::DefaultPolicy;

class SlaUnderTest final : public testing::ServiceUnderTest {
 public:
  ServiceParts Parts() override;

  Directory directory;
  SlaProjection projection{&directory};
  SlaDecider decider{&directory};
};

class SlaWorld : public testing::ServiceWorld {
 public:
  explicit SlaWorld(absl::Time start = At("2025-03-03 10:00"))
      : ServiceWorld(
            "sla-timer", [] { return std::make_unique<SlaUnderTest>(); }, start) {}

  SlaProjection& projection() { return static_cast<SlaUnderTest&>(under_test()).projection; }
  Directory& directory() { return static_cast<SlaUnderTest&>(under_test()).directory; }

  // The clock of that kind in the last set; aborts when there is none.
  event::v1::ClockSpec ClockOf(const ComplaintId& complaint, event::v1::ClockSpec::Kind kind) const;
  bool HasClock(const ComplaintId& complaint, event::v1::ClockSpec::Kind kind) const;
};

}  // namespace redress::sla_timer
