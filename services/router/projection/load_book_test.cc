#include "services/router/projection/load_book.h"

#include <gtest/gtest.h>

#include "libs/base/hash.h"

namespace redress::router {
namespace {

const ComplaintId kComplaint = EntityIdOf("test", "complaint");
const EntityId kAgent = EntityIdOf("agent", "a");
const EntityId kOther = EntityIdOf("agent", "b");
const EntityId kTeam = EntityIdOf("team", "t");

TEST(LoadBook, MovesLoadWithTheOwner) {
  LoadBook book;
  EXPECT_FALSE(book.Set(kComplaint, {kAgent, kTeam, 3}));
  EXPECT_EQ(book.UsedUnits(kAgent), 3u);
  EXPECT_TRUE(book.Set(kComplaint, {kOther, kTeam, 2}));
  EXPECT_EQ(book.UsedUnits(kAgent), 0u);
  EXPECT_EQ(book.UsedUnits(kOther), 2u);
  EXPECT_TRUE(book.HeldBy(kAgent).empty());
  EXPECT_TRUE(book.Set(kComplaint, {}));
  EXPECT_EQ(book.UsedUnits(kOther), 0u);
}

TEST(LoadBook, PendingAssignmentsCountUntilTheyLand) {
  LoadBook book;
  book.AddPending(kComplaint, {kAgent, kTeam, 4});
  EXPECT_EQ(book.UsedUnits(kAgent), 4u);
  // Folded first, then landed: for a moment both count, never neither.
  book.Set(kComplaint, {kAgent, kTeam, 4});
  EXPECT_EQ(book.UsedUnits(kAgent), 8u);
  book.RemovePending(kComplaint);
  EXPECT_EQ(book.UsedUnits(kAgent), 4u);
}

TEST(LoadBook, SayingTheSameAgainFreesNobody) {
  LoadBook book;
  book.Set(kComplaint, {kAgent, kTeam, 1});
  EXPECT_FALSE(book.Set(kComplaint, {kAgent, kTeam, 1}));
}

}  // namespace
}  // namespace redress::router
