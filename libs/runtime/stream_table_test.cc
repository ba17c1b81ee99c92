#include "libs/runtime/stream_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "libs/base/hash.h"
#include "libs/projection/memory/memory_store.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress {
namespace {

using Row = StreamRow<storage::v1::ComplaintState>;
using Table = StreamTable<storage::v1::ComplaintState>;

StreamId IdOf(const std::string& name) { return HashedId<StreamId>({name}); }

Row RowOf(const std::string& region) {
  Row row;
  row.id = IdOf(region);
  row.newest_recorded_us = 7;
  row.state.mutable_record()->set_region(region);
  return row;
}

TEST(StreamRow, CopiesHaveAStateOfTheirOwn) {
  Row row = RowOf("gb");
  Row copy = row;
  copy.state.mutable_record()->set_region("us");
  EXPECT_EQ(row.state.record().region(), "gb");
  EXPECT_EQ(copy.id, row.id);
  EXPECT_EQ(copy.newest_recorded_us, 7);
  row = copy;
  EXPECT_EQ(row.state.record().region(), "us");
}

TEST(StreamRow, IsMovedWithItsState) {
  std::vector<Row> rows;
  for (const char* region : {"us", "cn", "gb", "de"}) rows.push_back(RowOf(region));
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.state.record().region() < b.state.record().region();
  });
  std::string order;
  for (const Row& row : rows) {
    EXPECT_EQ(row.id, IdOf(row.state.record().region()));
    order += row.state.record().region() + " ";
  }
  EXPECT_EQ(order, "cn de gb us ");
}

class StreamTableTest : public ::testing::Test {
 protected:
  void Flush() {
    RowBatch batch;
    table_.AddTo(&batch);
    ASSERT_TRUE(store_->Write(batch).ok());
    table_.Flushed();
    table_.Sweep();
  }

  const std::unique_ptr<ProjectionStore> store_ = NewMemoryStore();
  Table table_{'S', *store_, 1 << 20};
};

TEST_F(StreamTableTest, WhatWasFlushedIsReadBack) {
  Row* row = *table_.Load(IdOf("a"));
  row->state.mutable_record()->set_region("gb");
  row->newer = true;
  table_.MarkDirty(row);
  Flush();
  Table other{'S', *store_, 1 << 20};
  const Row* read = *other.Load(IdOf("a"));
  EXPECT_EQ(read->state.record().region(), "gb");
  EXPECT_TRUE(read->newer);
}

// A complaint that is written to for years must not take more and more memory.
TEST_F(StreamTableTest, AStateThatOutgrewItsHomeMovesToANewOne) {
  size_t most = 0;
  for (int i = 0; i < 2000; ++i) {
    Row* row = *table_.Load(IdOf("a"));
    // Replaced as a whole: on an arena the former one is not given back.
    row->state.clear_record();
    row->state.mutable_record()->set_region(std::to_string(i));
    table_.MarkDirty(row);
    Flush();
    most = std::max(most, (*table_.Load(IdOf("a")))->home->bytes());
  }
  EXPECT_EQ((*table_.Load(IdOf("a")))->state.record().region(), "1999");
  EXPECT_LT(most, size_t{64} << 10);
}

}  // namespace
}  // namespace redress
