// The contract of the port `ProjectionStore` as tests, one suite for every adapter. An adapter's
// test file includes this header once and instantiates the suite:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, ProjectionStoreContract, ::testing::Values(&NewMemoryBench));
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/projection/projection_store.h"

namespace redress {

// One disk of the adapter under test, and what can happen to it.
class StoreBench {
 public:
  virtual ~StoreBench() = default;
  // Precondition of all that follow but SetDiskFull: the store opened before is closed.
  virtual absl::StatusOr<std::unique_ptr<ProjectionStore>> Open() = 0;
  // The machine loses power while `store` is open: an unsynced tail of the batches may be lost.
  virtual void CrashWith(std::unique_ptr<ProjectionStore> store) = 0;
  virtual void SetDiskFull(bool full) = 0;
  // Changes bytes in the middle of stored rows.
  virtual void Damage() = 0;
};

class ProjectionStoreContract : public ::testing::TestWithParam<std::unique_ptr<StoreBench> (*)()> {
 protected:
  using Rows = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override {
    bench_ = GetParam()();
    Reopen();
  }
  void Reopen() {
    store_.reset();
    auto opened = bench_->Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  void Put(std::string_view key, std::string_view value) {
    RowBatch batch;
    batch.Put(std::string(key), std::string(value));
    ASSERT_TRUE(store_->Write(batch).ok());
  }
  std::optional<std::string> Get(std::string_view key) {
    auto value = store_->Get(key);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.ok() ? *value : std::nullopt;
  }
  Rows Scan(std::string_view from, std::string_view to, bool reverse = false,
            size_t limit = 100000) {
    Rows rows;
    EXPECT_TRUE(store_
                    ->Scan(from, to, reverse,
                           [&](std::string_view key, std::string_view value) {
                             rows.emplace_back(key, value);
                             return rows.size() < limit;
                           })
                    .ok());
    return rows;
  }
  static std::string Numbered(int n) { return absl::StrCat("row-", absl::Dec(n, absl::kZeroPad5)); }

  std::unique_ptr<StoreBench> bench_;
  std::unique_ptr<ProjectionStore> store_;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST_P(ProjectionStoreContract, GetFindsWhatWasPutAndNothingElse) {
  const std::string binary("\0\xff key", 6);
  Put(binary, std::string("\0value", 6));
  Put("empty", "");
  EXPECT_EQ(Get(binary), std::string("\0value", 6));
  EXPECT_EQ(Get("empty"), "");
  EXPECT_EQ(Get("emp"), std::nullopt);
  EXPECT_EQ(Get(""), std::nullopt);
}

TEST_P(ProjectionStoreContract, LaterEntriesOfABatchWin) {
  RowBatch batch;
  batch.Put("a", "1");
  batch.Put("a", "2");
  batch.Put("b", "1");
  batch.Delete("b");
  batch.Delete("c");
  batch.Put("c", "1");
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_THAT(Scan("", ""), ElementsAre(Pair("a", "2"), Pair("c", "1")));
}

TEST_P(ProjectionStoreContract, EmptyBatchAndDeletionOfNothingAreFine) {
  EXPECT_TRUE(store_->Write(RowBatch()).ok());
  RowBatch batch;
  batch.Delete("absent");
  EXPECT_TRUE(store_->Write(batch).ok());
  EXPECT_THAT(Scan("", ""), IsEmpty());
}

TEST_P(ProjectionStoreContract, ScanKeepsBoundsForward) {
  for (const char* key : {"a", "b", "ba", "c", "d"}) Put(key, key);
  EXPECT_THAT(Scan("b", "d"), ElementsAre(Pair("b", "b"), Pair("ba", "ba"), Pair("c", "c")));
  EXPECT_THAT(Scan("bb", ""), ElementsAre(Pair("c", "c"), Pair("d", "d")));
  EXPECT_THAT(Scan("", "b"), ElementsAre(Pair("a", "a")));
  EXPECT_THAT(Scan("b", "b"), IsEmpty());
  EXPECT_THAT(Scan("d", "b"), IsEmpty());
  EXPECT_THAT(Scan("e", ""), IsEmpty());
}

TEST_P(ProjectionStoreContract, ScanKeepsBoundsInReverse) {
  for (const char* key : {"a", "b", "ba", "c", "d"}) Put(key, key);
  EXPECT_THAT(Scan("b", "d", true), ElementsAre(Pair("c", "c"), Pair("ba", "ba"), Pair("b", "b")));
  EXPECT_THAT(Scan("bb", "", true), ElementsAre(Pair("d", "d"), Pair("c", "c")));
  EXPECT_THAT(Scan("", "b", true), ElementsAre(Pair("a", "a")));
  EXPECT_THAT(Scan("b", "b", true), IsEmpty());
  EXPECT_THAT(Scan("d", "b", true), IsEmpty());
}

TEST_P(ProjectionStoreContract, ScanOrdersKeysAsUnsignedBytes) {
  for (const char* key : {"\xff", "\x7f", "\x80", "\x01"}) Put(key, "");
  EXPECT_THAT(Scan("", ""),
              ElementsAre(Pair("\x01", ""), Pair("\x7f", ""), Pair("\x80", ""), Pair("\xff", "")));
}

TEST_P(ProjectionStoreContract, ScanStopsWhenTheVisitorSaysSo) {
  for (int i = 0; i < 300; ++i) Put(Numbered(i), "");
  EXPECT_EQ(Scan("", "", false, 1).size(), 1u);
  EXPECT_EQ(Scan("", "", true, 150).back().first, Numbered(150));
  EXPECT_EQ(Scan("", "").size(), 300u);
  EXPECT_EQ(Scan("", "", true).size(), 300u);
}

TEST_P(ProjectionStoreContract, ScanSeesTheSnapshotOfItsStartWhateverIsWrittenMeanwhile) {
  for (bool reverse : {false, true}) {
    RowBatch before;
    for (int i = 0; i < 500; i += 2) before.Put(Numbered(i), "old");
    for (int i = 1; i < 500; i += 2) before.Delete(Numbered(i));
    ASSERT_TRUE(store_->Write(before).ok());
    int seen = 0;
    ASSERT_TRUE(store_
                    ->Scan("", "", reverse,
                           [&](std::string_view key, std::string_view value) {
                             EXPECT_EQ(key, Numbered(reverse ? 498 - 2 * seen : 2 * seen));
                             EXPECT_EQ(value, "old");
                             RowBatch meanwhile;
                             for (int i = 0; i < 500; ++i) {
                               if (i % 6 == 0) {
                                 meanwhile.Delete(Numbered(i));
                               } else {
                                 meanwhile.Put(Numbered(i), absl::StrCat("new", seen));
                               }
                             }
                             // Several times, so that versions pile up under the snapshot.
                             if (seen % 50 == 0) {
                               EXPECT_TRUE(store_->Write(meanwhile).ok());
                             }
                             ++seen;
                             return true;
                           })
                    .ok());
    EXPECT_EQ(seen, 250);
    EXPECT_EQ(Get(Numbered(1)), "new200");
    EXPECT_EQ(Get(Numbered(6)), std::nullopt);
    EXPECT_EQ(Scan("", "").size(), 500u - 84u);
  }
}

TEST_P(ProjectionStoreContract, ReadersOnOtherThreadsSeeWholeBatchesOnly) {
  constexpr int kRows = 200;
  const auto write = [&](int round) {
    RowBatch batch;
    for (int i = 0; i < kRows; ++i) batch.Put(Numbered(i), absl::StrCat(round));
    ASSERT_TRUE(store_->Write(batch).ok());
  };
  write(0);
  std::thread reader([&] {
    std::string last;
    while (last != "100") {
      std::optional<std::string> first;
      int rows = 0;
      EXPECT_TRUE(store_
                      ->Scan("", "", false,
                             [&](std::string_view, std::string_view value) {
                               if (!first.has_value()) first = std::string(value);
                               EXPECT_EQ(value, *first);
                               ++rows;
                               return true;
                             })
                      .ok());
      EXPECT_EQ(rows, kRows);
      last = *first;
    }
  });
  for (int round = 1; round <= 100; ++round) write(round);
  reader.join();
}

TEST_P(ProjectionStoreContract, ClosedAndOpenedAgainItHoldsEverything) {
  for (int i = 0; i < 50; ++i) Put(Numbered(i), absl::StrCat(i));
  Reopen();
  EXPECT_EQ(Scan("", "").size(), 50u);
  EXPECT_EQ(Get(Numbered(49)), "49");
}

TEST_P(ProjectionStoreContract, AfterACrashItHoldsAPrefixOfTheBatches) {
  for (int crash = 0; crash < 4; ++crash) {
    for (int i = 0; i < 20; ++i) {
      RowBatch batch;
      batch.Put("position", absl::StrCat(crash, "/", absl::Dec(i, absl::kZeroPad2)));
      for (int j = 0; j < 5; ++j) batch.Put(absl::StrCat("row-", i, "-", j), absl::StrCat(crash));
      if (i > 0) batch.Delete(absl::StrCat("row-", i - 1, "-4"));
      ASSERT_TRUE(store_->Write(batch).ok());
    }
    bench_->CrashWith(std::move(store_));
    Reopen();
    // Every row is as the batches up to the stored position leave it.
    const std::string position = Get("position").value_or("none");
    int last = -1;
    if (position.substr(0, 2) == absl::StrCat(crash, "/")) last = std::stoi(position.substr(2));
    for (int i = 0; i < 20; ++i) {
      for (int j = 0; j < 5; ++j) {
        const auto row = Get(absl::StrCat("row-", i, "-", j));
        if (i <= last && (j < 4 || i == last)) {
          EXPECT_EQ(row, absl::StrCat(crash));
        } else if (i < last) {
          EXPECT_EQ(row, std::nullopt) << i << "-" << j << " at " << position;
        } else {
          EXPECT_NE(row, absl::StrCat(crash)) << i << "-" << j << " at " << position;
        }
      }
    }
  }
}

TEST_P(ProjectionStoreContract, FullDiskWritesNothingAndWorksAgainWhenThereIsSpace) {
  for (const bool fresh : {true, false}) {
    if (!fresh) Put("before", "kept");
    bench_->SetDiskFull(true);
    RowBatch batch;
    for (int i = 0; i < 100; ++i) batch.Put(Numbered(i), std::string(1000, 'x'));
    for (int attempt = 0; attempt < 3; ++attempt) {
      EXPECT_EQ(store_->Write(batch).code(), absl::StatusCode::kResourceExhausted);
      EXPECT_THAT(Scan("row", "rox"), IsEmpty());
    }
    EXPECT_EQ(Get("before"), fresh ? std::nullopt : std::optional<std::string>("kept"));
    bench_->SetDiskFull(false);
    const absl::Status after = store_->Write(batch);
    ASSERT_TRUE(after.ok()) << after;
    EXPECT_EQ(Scan("row", "rox").size(), 100u);
    Reopen();
    EXPECT_EQ(Scan("row", "rox").size(), 100u);
    RowBatch clean;
    for (int i = 0; i < 100; ++i) clean.Delete(Numbered(i));
    ASSERT_TRUE(store_->Write(clean).ok());
  }
}

TEST_P(ProjectionStoreContract, ClosedWhileTheDiskIsFullItKeepsWhatWasAnswered) {
  Put("before", "kept");
  bench_->SetDiskFull(true);
  RowBatch batch;
  batch.Put("refused", std::string(100000, 'x'));
  EXPECT_EQ(store_->Write(batch).code(), absl::StatusCode::kResourceExhausted);
  store_.reset();
  bench_->SetDiskFull(false);
  Reopen();
  EXPECT_THAT(Scan("", ""), ElementsAre(Pair("before", "kept")));
}

TEST_P(ProjectionStoreContract, DamageIsDataLossNeverAWrongRow) {
  RowBatch batch;
  for (int i = 0; i < 2000; ++i) batch.Put(Numbered(i), std::string(50, 'x'));
  ASSERT_TRUE(store_->Write(batch).ok());
  store_.reset();
  bench_->Damage();
  auto opened = bench_->Open();
  if (!opened.ok()) {
    EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
    return;
  }
  store_ = *std::move(opened);
  const absl::Status scanned =
      store_->Scan("", "", false, [](std::string_view, std::string_view value) {
        EXPECT_EQ(value, std::string(50, 'x'));
        return true;
      });
  EXPECT_EQ(scanned.code(), absl::StatusCode::kDataLoss) << scanned;
}

TEST_P(ProjectionStoreContract, MemoryCountsWhatIsHeld) {
  Put("a", std::string(100000, 'x'));
  EXPECT_GE(store_->memory().memtable_bytes, 100000u);
}

}  // namespace redress
