#include "libs/runtime/fold_waits.h"

#include <string>

#include "gtest/gtest.h"

namespace redress {
namespace {

using Until = FoldWaits::Until;

constexpr TopicPartition kHere{Topic::kComplaints, Partition(3)};
constexpr TopicPartition kElsewhere{Topic::kComplaints, Partition(4)};

class FoldWaitsTest : public testing::Test {
 protected:
  void Wait(Offset end, Until until, char name) {
    waits_.Add(kHere, end, until, [this, name] { called_ += name; });
  }

  FoldWaits waits_;
  std::string called_;
};

TEST_F(FoldWaitsTest, EachIsCalledOnceWhenItsEndIsReached) {
  Wait(Offset(2), Until::kFolded, 'b');
  Wait(Offset(1), Until::kFolded, 'a');
  Wait(Offset(5), Until::kFolded, 'c');
  EXPECT_EQ(waits_.of(Topic::kComplaints), 3u);
  waits_.Folded(kElsewhere, Offset(9), false);
  EXPECT_EQ(called_, "");
  waits_.Folded(kHere, Offset(2), false);
  EXPECT_EQ(called_, "ba") << "in the order in which they came";
  EXPECT_EQ(waits_.of(Topic::kComplaints), 1u);
  EXPECT_EQ(waits_.of(Topic::kInbound), 0u);
  waits_.Folded(kHere, Offset(9), false);
  waits_.Folded(kHere, Offset(10), false);
  EXPECT_EQ(called_, "bac");
}

TEST_F(FoldWaitsTest, WhoWantsItFlushedIsCalledByTheFlushAfterTheFold) {
  Wait(Offset(1), Until::kFlushed, 'a');
  waits_.Flushed();
  EXPECT_EQ(called_, "") << "flushed before it was folded";
  waits_.Folded(kHere, Offset(1), false);
  EXPECT_EQ(called_, "");
  waits_.Flushed();
  EXPECT_EQ(called_, "a");
}

TEST_F(FoldWaitsTest, WhatIsFlushedAlreadyNeedsNoFlush) {
  Wait(Offset(1), Until::kFlushed, 'a');
  waits_.Folded(kHere, Offset(1), true);
  EXPECT_EQ(called_, "a");
}

TEST_F(FoldWaitsTest, WhoIsCalledMayWaitAnew) {
  waits_.Add(kHere, Offset(1), Until::kFolded, [this] { Wait(Offset(1), Until::kFolded, 'a'); });
  Wait(Offset(1), Until::kFolded, 'b');
  waits_.Folded(kHere, Offset(1), false);
  EXPECT_EQ(called_, "b");
  waits_.Folded(kHere, Offset(1), false);
  EXPECT_EQ(called_, "ba");
}

}  // namespace
}  // namespace redress
