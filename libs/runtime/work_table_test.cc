#include "libs/runtime/work_table.h"

#include <gtest/gtest.h>

#include "libs/projection/memory/memory_store.h"

namespace redress {
namespace {

constexpr WorkKind kRoute = 2;
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kMuchLater = kNow + absl::Hours(1);

class WorkTableTest : public ::testing::Test {
 protected:
  // Rows 1, 2, … in this order.
  WorkTable::Row* Add(int order) {
    WorkItem item;
    item.kind = kRoute;
    item.order = order;
    table_.Add(item);
    return table_.Find(item);
  }
  std::vector<int64_t> Offered() {
    std::vector<int64_t> orders;
    for (const WorkTable::Row* row : table_.offered(kRoute)) orders.push_back(row->item.order);
    return orders;
  }
  using Orders = std::vector<int64_t>;

  const std::unique_ptr<ProjectionStore> store_ = NewMemoryStore();
  Overlay overlay_{*store_};
  WorkTable table_{{}, &overlay_, *store_};
};

TEST_F(WorkTableTest, OfThoseBehindAGateTheFirstIsOfferedWhenItOpens) {
  for (int order : {1, 2, 3, 4})
    table_.Wait(Add(order), kMuchLater, order % 2 == 0 ? "even" : "odd");
  EXPECT_EQ(Offered(), Orders());
  table_.OpenGates(kRoute);
  EXPECT_EQ(Offered(), Orders({1, 2}));
  table_.OpenGates(kRoute);
  EXPECT_EQ(Offered(), Orders({1, 2})) << "they still stand for the others";
}

TEST_F(WorkTableTest, TheNextComesOnceTheOneBeforeFoundWhatItWaitedFor) {
  WorkTable::Row* const first = Add(1);
  WorkTable::Row* const second = Add(2);
  for (WorkTable::Row* row : {first, second, Add(3)}) table_.Wait(row, kMuchLater, "somebody free");
  table_.OpenGates(kRoute);
  table_.Take(first);
  table_.Served(first);
  EXPECT_EQ(Offered(), Orders({2}));
  // Nobody is left for the second one, so there is nobody for the third.
  table_.Wait(second, kMuchLater, "somebody free");
  table_.Served(second);
  EXPECT_EQ(Offered(), Orders());
  table_.OpenGates(kRoute);
  EXPECT_EQ(Offered(), Orders({2}));
}

TEST_F(WorkTableTest, WhoWaitsForSomethingElseNowStandsForNobody) {
  WorkTable::Row* const first = Add(1);
  for (WorkTable::Row* row : {first, Add(2)}) table_.Wait(row, kMuchLater, "with a skill");
  table_.OpenGates(kRoute);
  table_.Wait(first, kMuchLater, "anybody");
  table_.Served(first);
  EXPECT_EQ(Offered(), Orders({2}));
}

TEST_F(WorkTableTest, WhoIsHeldUpDoesNotHoldUpThoseBehind) {
  WorkTable::Row* const first = Add(1);
  for (WorkTable::Row* row : {first, Add(2)}) table_.Wait(row, kMuchLater, "somebody free");
  table_.OpenGates(kRoute);
  // Served without an answer, for instance because a person's event is on its way: it stays
  // offered.
  table_.Served(first);
  EXPECT_EQ(Offered(), Orders({1, 2}));
}

TEST_F(WorkTableTest, ARowThatGoesLetsTheNextComeForward) {
  WorkTable::Row* const first = Add(1);
  for (WorkTable::Row* row : {first, Add(2), Add(3)}) table_.Wait(row, kMuchLater, "somebody free");
  table_.Remove(WorkItem(table_.Find(kRoute, {2, StreamId(), ""})->item));
  table_.OpenGates(kRoute);
  table_.Remove(WorkItem(first->item));
  EXPECT_EQ(Offered(), Orders({3}));
}

TEST_F(WorkTableTest, WithoutAGateAllAreOffered) {
  for (int order : {1, 2, 3}) table_.Wait(Add(order), kMuchLater);
  table_.OpenGates(kRoute);
  EXPECT_EQ(Offered(), Orders({1, 2, 3}));
}

TEST_F(WorkTableTest, AllAreOfferedWhenTheyMayWaitForSomethingElse) {
  for (int order : {1, 2, 3}) table_.Wait(Add(order), kMuchLater, "somebody free");
  table_.OfferAll(kRoute);
  EXPECT_EQ(Offered(), Orders({1, 2, 3}));
}

TEST_F(WorkTableTest, WhoseTimeHasComeIsOfferedWhateverItsGate) {
  table_.Wait(Add(1), kNow + absl::Seconds(2), "somebody free");
  table_.Wait(Add(2), kNow + absl::Seconds(1), "somebody free");
  EXPECT_EQ(table_.OfferDue(kNow), kNow + absl::Seconds(1));
  EXPECT_EQ(table_.OfferDue(kNow + absl::Seconds(1)), kNow + absl::Seconds(2));
  EXPECT_EQ(Offered(), Orders({2}));
  EXPECT_EQ(table_.OfferDue(kNow + absl::Seconds(2)), absl::InfiniteFuture());
  EXPECT_EQ(Offered(), Orders({1, 2}));
}

TEST_F(WorkTableTest, ParkedRowsAreCountedByKind) {
  WorkTable::Row* const row = Add(1);
  table_.Park(row, true);
  EXPECT_EQ(table_.parked(kRoute), 1u);
  EXPECT_EQ(table_.parked(1), 0u);
  table_.Remove(WorkItem(row->item));
  EXPECT_EQ(table_.parked(kRoute), 0u);
}

TEST_F(WorkTableTest, RowsThatAreNeitherParkedNorWaitAreUnderWay) {
  WorkTable::Row* const first = Add(1);
  WorkTable::Row* const second = Add(2);
  const auto under_way = [&] {
    const auto& of_unit = table_.under_way(kRoute);
    const auto found = of_unit.find(first->item.unit);
    return found == of_unit.end() ? 0 : found->second;
  };
  EXPECT_EQ(under_way(), 2u);
  table_.Take(first);
  EXPECT_EQ(under_way(), 2u) << "in flight";
  table_.Park(first, true);
  EXPECT_EQ(under_way(), 1u);
  table_.Wait(second, kMuchLater);
  EXPECT_EQ(under_way(), 0u);
  table_.OfferDue(kMuchLater);
  EXPECT_EQ(under_way(), 1u);
  table_.Remove(WorkItem(second->item));
  EXPECT_EQ(under_way(), 0u);
  table_.Park(first, false);
  EXPECT_EQ(under_way(), 1u);
}

}  // namespace
}  // namespace redress
