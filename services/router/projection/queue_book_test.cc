#include "services/router/projection/queue_book.h"

#include <gtest/gtest.h>

#include "libs/base/hash.h"

namespace redress::router {
namespace {

ComplaintId Complaint(const char* name) { return EntityIdOf("test", name); }
EntityId Team(const char* name) { return EntityIdOf("team", name); }

TEST(QueueBook, CountsByTeamAndReason) {
  QueueBook book;
  book.Set(Complaint("a"), Queued{Team("delivery"), "no_capacity", 30});
  book.Set(Complaint("b"), Queued{Team("delivery"), "no_skill", 20});
  book.Set(Complaint("c"), Queued{Team("billing"), "no_capacity", 10});
  ASSERT_EQ(book.queues().size(), 2u);
  const QueueBook::Queue& delivery = book.queues().at(Team("delivery"));
  EXPECT_EQ(delivery.waiting(), 2u);
  EXPECT_EQ(delivery.oldest_us(), 20);
  EXPECT_EQ(delivery.by_reason.at("no_capacity"), 1u);
  EXPECT_EQ(book.size(), 3u);
}

TEST(QueueBook, FollowsAComplaintFromQueueToQueueAndOut) {
  QueueBook book;
  book.Set(Complaint("a"), Queued{Team("delivery"), "no_capacity", 30});
  book.Set(Complaint("a"), Queued{Team("billing"), "excluded", 40});
  EXPECT_EQ(book.queues().at(Team("delivery")).waiting(), 0u);
  EXPECT_EQ(book.queues().at(Team("delivery")).by_reason.at("no_capacity"), 0u)
      << "shown as empty, not as before";
  EXPECT_EQ(book.queues().at(Team("billing")).by_reason.at("excluded"), 1u);
  ASSERT_NE(book.Find(Complaint("a")), nullptr);
  EXPECT_EQ(book.Find(Complaint("a"))->team, Team("billing"));
  book.Set(Complaint("a"), std::nullopt);
  EXPECT_EQ(book.Find(Complaint("a")), nullptr);
  EXPECT_EQ(book.size(), 0u);
  book.Set(Complaint("never queued"), std::nullopt);
  EXPECT_EQ(book.size(), 0u);
}

TEST(Queued, IsReadBackAsItWasWritten) {
  const Queued written{Team("delivery"), "nobody_present", 1'700'000'000'000'000};
  ComplaintId complaint;
  Queued read;
  ASSERT_TRUE(Queued::Decode(written.Encode(Complaint("a")), &complaint, &read));
  EXPECT_EQ(complaint, Complaint("a"));
  EXPECT_EQ(read, written);
  EXPECT_FALSE(Queued::Decode("short", &complaint, &read));
}

}  // namespace
}  // namespace redress::router
