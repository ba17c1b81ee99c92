#include "services/intake/projection/pace.h"

#include <gtest/gtest.h>

#include "libs/base/hash.h"

namespace redress::intake {
namespace {

using storage::v1::ComplaintState;
using storage::v1::StageState;

ComplaintId IdOf(const std::string& name) { return HashedId<ComplaintId>({name}); }

class PaceTest : public ::testing::Test {
 protected:
  PaceTest() {
    through_.mutable_stage()->set_stage(StageState::ASSESSED);
    through_.mutable_ownership()->set_owner_id("somebody");
    through_.mutable_clocks()->set_sets(1);
  }
  // How many count after "a" has become this.
  size_t After(const ComplaintState& state) {
    Pace pace;
    pace.Opened(IdOf("a"), now_);
    pace.Changed(IdOf("a"), state);
    return pace.UnderWay(now_);
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  ComplaintState through_;
};

TEST_F(PaceTest, AComplaintCountsUntilItIsAssessedHasClocksAndSomebodyOrAQueue) {
  EXPECT_EQ(After(through_), 0u);
  ComplaintState queued = through_;
  queued.mutable_ownership()->clear_owner_id();
  EXPECT_EQ(After(queued), 1u);
  queued.mutable_ownership()->set_queue_reason("nobody_present");
  EXPECT_EQ(After(queued), 0u);
  ComplaintState unassessed = through_;
  unassessed.mutable_stage()->set_stage(StageState::RECEIVED);
  EXPECT_EQ(After(unassessed), 1u);
  ComplaintState untimed = through_;
  untimed.clear_clocks();
  EXPECT_EQ(After(untimed), 1u);
}

// Whoever is away holds nothing up for longer.
TEST_F(PaceTest, ItCountsForASecond) {
  Pace pace;
  pace.Opened(IdOf("a"), now_);
  pace.Opened(IdOf("b"), now_ + absl::Milliseconds(500));
  EXPECT_EQ(pace.UnderWay(now_ + absl::Milliseconds(999)), 2u);
  EXPECT_EQ(pace.UnderWay(now_ + absl::Milliseconds(1000)), 1u);
  EXPECT_EQ(pace.UnderWay(now_ + absl::Milliseconds(1500)), 0u);
  pace.Changed(IdOf("a"), through_);
  EXPECT_EQ(pace.UnderWay(now_ + absl::Milliseconds(1500)), 0u);
}

}  // namespace
}  // namespace redress::intake
