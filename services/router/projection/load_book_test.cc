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

TEST(LoadBook, PendingAssignmentsCountUntilTheyAreFolded) {
  LoadBook book;
  book.AddPending(kComplaint, {kAgent, kTeam, 4});
  EXPECT_EQ(book.UsedUnits(kAgent), 4u);
  EXPECT_FALSE(book.Set(kComplaint, {kAgent, kTeam, 4}));
  EXPECT_EQ(book.UsedUnits(kAgent), 4u)
      << "never twice, for another router's event may be folded long before this one";
  EXPECT_FALSE(book.RemovePending(kComplaint));
  EXPECT_EQ(book.UsedUnits(kAgent), 4u);
}

TEST(LoadBook, AnAssignmentThatCameToNothingFreesSomebody) {
  LoadBook book;
  EXPECT_FALSE(book.RemovePending(kComplaint));
  book.AddPending(kComplaint, {kAgent, kTeam, 4});
  EXPECT_TRUE(book.RemovePending(kComplaint)) << "it was lost";
  book.AddPending(kComplaint, {kAgent, kTeam, 4});
  EXPECT_TRUE(book.Set(kComplaint, {kOther, kTeam, 4})) << "another was given it";
  EXPECT_EQ(book.UsedUnits(kAgent), 0u);
}

TEST(LoadBook, SayingTheSameAgainFreesNobody) {
  LoadBook book;
  book.Set(kComplaint, {kAgent, kTeam, 1});
  EXPECT_FALSE(book.Set(kComplaint, {kAgent, kTeam, 1}));
}

}  // namespace
}  // namespace redress::router
