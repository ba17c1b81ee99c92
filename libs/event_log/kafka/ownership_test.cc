// Sharing units among instances through the consumer group.
#include <algorithm>

#include "libs/event_log/kafka/test_log.h"

namespace redress {
namespace {

using Units = std::vector<Partition>;

// One process of a service: a log of its own and its part of the units.
struct Instance {
  std::unique_ptr<KafkaLog> log;
  std::shared_ptr<Mailbox<Units>> owned = std::make_shared<Mailbox<Units>>();
  std::unique_ptr<Ownership> ownership;

  void Start(const KafkaOptions& options, OwnershipKind kind) {
    auto opened = OpenKafka(options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    log = *std::move(opened);
    auto joined = log->Own(kind, [owned = owned](Units units) { owned->Put(std::move(units)); });
    ASSERT_TRUE(joined.ok()) << joined.status();
    ownership = *std::move(joined);
  }
  // Until the instance owns that many.
  Units Await(size_t count) {
    const auto all = owned->Await([count](const auto& changes) {
      return !changes.empty() && changes.back().size() == count;
    });
    return all.empty() ? Units() : all.back();
  }
};

class KafkaOwnershipTest : public KafkaTest {};

TEST_F(KafkaOwnershipTest, TwoInstancesShareTheUnitsAndTheOtherTakesOverAtOnceWhenOneLeaves) {
  // So long that a take-over by time-out would be noticed.
  options_.session_timeout = absl::Seconds(30);
  Instance first;
  ASSERT_NO_FATAL_FAILURE(first.Start(options_, OwnershipKind::kIntake));
  EXPECT_EQ(first.Await(4).size(), 4u);
  Instance second;
  ASSERT_NO_FATAL_FAILURE(second.Start(options_, OwnershipKind::kIntake));
  Units all = second.Await(2);
  for (const Partition unit : first.Await(2)) all.push_back(unit);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (Units{Partition(0), Partition(1), Partition(2), Partition(3)}));

  const KafkaDeadline soon(absl::Seconds(15));
  second.ownership.reset();
  EXPECT_EQ(first.Await(4).size(), 4u);
  EXPECT_FALSE(soon.Passed()) << "leaving is told, not waited for";
}

TEST_F(KafkaOwnershipTest, AnInstanceThatVanishesIsReplacedAfterTheSessionTimeout) {
  options_.session_timeout = absl::Seconds(3);
  Instance first;
  Instance second;
  ASSERT_NO_FATAL_FAILURE(first.Start(options_, OwnershipKind::kClassifier));
  ASSERT_NO_FATAL_FAILURE(second.Start(options_, OwnershipKind::kClassifier));
  first.Await(2);
  second.Await(2);
  // With the broker frozen it cannot say good-bye, and goes in bounded time all the same.
  ASSERT_TRUE(broker_->Pause().ok());
  const KafkaDeadline bounded(absl::Seconds(10));
  second.ownership.reset();
  second.log.reset();
  EXPECT_FALSE(bounded.Passed());
  ASSERT_TRUE(broker_->Resume().ok());
  const KafkaDeadline take_over(options_.session_timeout + absl::Seconds(7));
  EXPECT_EQ(first.Await(4).size(), 4u);
  EXPECT_FALSE(take_over.Passed());
}

TEST_F(KafkaOwnershipTest, ASingleUnitHasOneOwnerAndTheOtherHearsThatItHasNone) {
  Instance first;
  ASSERT_NO_FATAL_FAILURE(first.Start(options_, OwnershipKind::kRouter));
  EXPECT_EQ(first.Await(1), Units{Partition(0)});
  Instance second;
  ASSERT_NO_FATAL_FAILURE(second.Start(options_, OwnershipKind::kRouter));
  second.owned->AwaitCount(1);
  // One of the two, whichever.
  first.ownership.reset();
  EXPECT_EQ(second.Await(1), Units{Partition(0)});
}

}  // namespace
}  // namespace redress
