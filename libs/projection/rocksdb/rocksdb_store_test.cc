#include "libs/projection/rocksdb/rocksdb_store.h"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "libs/projection/contract/projection_store_contract.h"
#include "libs/rocksdb_testing/fault_file_system.h"

namespace redress {
namespace {

namespace fs = std::filesystem;

std::string NewDir() {
  static std::atomic<int> count{0};
  const std::string dir =
      absl::StrCat(::testing::TempDir(), "/rocksdb_store_", getpid(), "_", ++count);
  fs::remove_all(dir);
  return dir;
}

// Changes bytes in the middle of every table file.
void DamageTables(const std::string& dir) {
  int damaged = 0;
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(entry.file_size() / 3));
    file.write("damage!", 7);
    ++damaged;
  }
  EXPECT_GT(damaged, 0);
}

class RocksDbBench final : public StoreBench {
 public:
  ~RocksDbBench() override { fs::remove_all(dir_); }
  absl::StatusOr<std::unique_ptr<ProjectionStore>> Open() override {
    return OpenRocksDbStore({.dir = dir_, .resources = resources_});
  }
  void CrashWith(std::unique_ptr<ProjectionStore> store) override {
    disk_.files->CutPower();
    store.reset();
    // The first crash loses all that is unsynced, later ones part of it, torn anywhere.
    SeededRandom random(crashes_);
    const auto lost = disk_.files->LoseUnsynced(crashes_++ == 0 ? nullptr : &random);
    EXPECT_TRUE(lost.ok()) << lost.ToString();
  }
  void SetDiskFull(bool full) override {
    full ? disk_.files->SetSpace(500) : disk_.files->SetUnlimitedSpace();
  }
  void Damage() override {
    // Opening moves rows from the write-ahead log into a table file.
    EXPECT_TRUE(Open().ok());
    DamageTables(dir_);
    // What the cache holds of the file would hide it.
    resources_ = std::make_shared<StoreResources>(StoreLimits(), disk_.files);
  }

 private:
  const std::string dir_ = NewDir();
  FaultDisk disk_;
  std::shared_ptr<StoreResources> resources_ =
      std::make_shared<StoreResources>(StoreLimits(), disk_.files);
  uint64_t crashes_ = 0;
};

std::unique_ptr<StoreBench> NewRocksDbBench() { return std::make_unique<RocksDbBench>(); }

INSTANTIATE_TEST_SUITE_P(RocksDb, ProjectionStoreContract, ::testing::Values(&NewRocksDbBench));

class RocksDbStoreTest : public ::testing::Test {
 protected:
  ~RocksDbStoreTest() override { fs::remove_all(dir_); }
  absl::StatusOr<std::unique_ptr<RocksDbStore>> Open(const std::string& dir) {
    return OpenRocksDbStore({.dir = dir, .resources = resources_});
  }
  static RowBatch Rows(int from, int to, size_t bytes) {
    RowBatch batch;
    for (int i = from; i < to; ++i) batch.Put(absl::StrCat("row-", i), std::string(bytes, 'x'));
    return batch;
  }
  static int Count(const ProjectionStore& store) {
    int rows = 0;
    EXPECT_TRUE(
        store.Scan("", "", false, [&](std::string_view, std::string_view) { return ++rows > 0; })
            .ok());
    return rows;
  }

  const std::string dir_ = NewDir();
  FaultDisk disk_;
  std::shared_ptr<StoreResources> resources_ = std::make_shared<StoreResources>(
      StoreLimits{.memtables_bytes = 4 << 20, .write_buffer_bytes = 1 << 20}, disk_.files);
};

TEST_F(RocksDbStoreTest, SecondStoreOnOneDirectoryIsRefusedByName) {
  auto first = Open(dir_);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Open(dir_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.status().message(), ::testing::HasSubstr(dir_));
  first->reset();
  EXPECT_TRUE(Open(dir_).ok());
}

TEST_F(RocksDbStoreTest, DirectoryThatCannotBeMadeIsUnavailable) {
  fs::create_directories(dir_);
  std::ofstream(dir_ + "/file") << "not a directory";
  EXPECT_EQ(Open(dir_ + "/file/store").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RocksDbStoreTest, NoWriteEverSyncs) {
  auto store = Open(dir_);
  ASSERT_TRUE(store.ok());
  const int64_t syncs = disk_.files->syncs();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE((*store)->Write(Rows(i, i + 1, 100)).ok());
  EXPECT_EQ(disk_.files->syncs(), syncs);
}

TEST_F(RocksDbStoreTest, DiskFullDuringFlushIsResumedWithoutLosingARow) {
  auto store = Open(dir_);
  ASSERT_TRUE(store.ok());
  // Room for the write-ahead log of this batch, none for its table file.
  disk_.files->SetSpace(disk_.files->bytes_written() + 700000);
  int written = 0;
  absl::Status status;
  while ((status = (*store)->Write(Rows(written, written + 10, 1000))).ok()) written += 10;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_GT(written, 0);
  EXPECT_EQ(Count(**store), written);
  disk_.files->SetUnlimitedSpace();
  for (int i = 0; i < 500; ++i) {
    status = (*store)->Write(Rows(written, written + 10, 1000));
    ASSERT_TRUE(status.ok()) << status;
    written += 10;
  }
  EXPECT_EQ(Count(**store), written);
  store->reset();
  store = Open(dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Count(**store), written);
}

TEST_F(RocksDbStoreTest, FullDiskAtOpenIsResourceExhausted) {
  { ASSERT_TRUE((*Open(dir_))->Write(Rows(0, 10, 10)).ok()); }
  disk_.files->SetSpace(10);
  EXPECT_EQ(Open(dir_).status().code(), absl::StatusCode::kResourceExhausted);
  disk_.files->SetUnlimitedSpace();
  auto store = Open(dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Count(**store), 10);
}

TEST_F(RocksDbStoreTest, AnyOtherWriteFailureHoldsUntilReopened) {
  auto store = Open(dir_);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->Write(Rows(0, 10, 10)).ok());
  disk_.files->CutPower();
  EXPECT_EQ((*store)->Write(Rows(10, 20, 10)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ((*store)->Write(Rows(10, 20, 10)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Count(**store), 10);
  store->reset();
  SeededRandom random(1);
  ASSERT_TRUE(disk_.files->LoseUnsynced(&random).ok());
  EXPECT_TRUE(Open(dir_).ok());
}

TEST_F(RocksDbStoreTest, DamageThatAReadFoundIsRemembered) {
  { ASSERT_TRUE((*Open(dir_))->Write(Rows(0, 2000, 50)).ok()); }
  // Opening moves rows from the write-ahead log into a table file.
  ASSERT_TRUE(Open(dir_).ok());
  DamageTables(dir_);
  resources_ = std::make_shared<StoreResources>(StoreLimits(), disk_.files);
  const auto store = Open(dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->damage().ok()) << "nobody has read it";
  const absl::Status scanned =
      (*store)->Scan("", "", false, [](std::string_view, std::string_view) { return true; });
  EXPECT_EQ(scanned.code(), absl::StatusCode::kDataLoss) << scanned;
  EXPECT_EQ((*store)->damage(), scanned);
  (*store)
      ->Scan("", "", true, [](std::string_view, std::string_view) { return true; })
      .IgnoreError();
  EXPECT_EQ((*store)->damage(), scanned) << "the first one stays";
}

TEST_F(RocksDbStoreTest, CheckpointIsAStoreOfItsOwn) {
  auto store = Open(dir_ + "/live");
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->Write(Rows(0, 10, 10)).ok());
  ASSERT_TRUE((*store)->Checkpoint(dir_ + "/copy").ok());
  ASSERT_TRUE((*store)->Write(Rows(10, 20, 10)).ok());
  auto copy = Open(dir_ + "/copy");
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(Count(**copy), 10);
  EXPECT_EQ(Count(**store), 20);
}

TEST_F(RocksDbStoreTest, MemtablesOfAllStoresTogetherStayWithinTheBudget) {
  // One memtable alone would hold all that a store gets here; the budget makes them flush
  // nevertheless.
  resources_ = std::make_shared<StoreResources>(
      StoreLimits{.memtables_bytes = 4 << 20, .write_buffer_bytes = 32 << 20}, disk_.files);
  std::vector<std::unique_ptr<RocksDbStore>> stores;
  for (int i = 0; i < 6; ++i) stores.push_back(*Open(absl::StrCat(dir_, "/", i)));
  for (int round = 0; round < 40; ++round) {
    for (auto& store : stores)
      ASSERT_TRUE(store->Write(Rows(round * 50, round * 50 + 50, 1000)).ok());
  }
  // 12 MB were written; flushes run behind, each further write may begin one.
  for (int i = 0; i < 100000 && resources_->memtables_bytes() > 6u << 20; ++i) {
    ASSERT_TRUE(stores[i % 6]->Write(Rows(0, 1, 1)).ok());
  }
  EXPECT_LE(resources_->memtables_bytes(), 6u << 20);
  for (auto& store : stores) {
    EXPECT_EQ(Count(*store), 2000);
    EXPECT_GT(store->memory().disk_bytes, 20000u);
  }
}

// A child process of its own: the limit holds for the whole process.
TEST(RocksDbStoreDeathTest, FileSizeLimitOfTheProcessIsAFullDisk) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const std::string dir = NewDir();
  EXPECT_EXIT(
      {
        std::signal(SIGXFSZ, SIG_IGN);
        auto store =
            OpenRocksDbStore({.dir = dir, .resources = std::make_shared<StoreResources>()});
        if (!store.ok()) std::exit(1);
        struct rlimit limit {};
        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = 300000;
        setrlimit(RLIMIT_FSIZE, &limit);
        RowBatch batch;
        batch.Put("row", std::string(100000, 'x'));
        absl::Status status;
        for (int i = 0; i < 10 && status.ok(); ++i) status = (*store)->Write(batch);
        if (!absl::IsResourceExhausted(status)) std::exit(2);
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_FSIZE, &limit);
        if (!(*store)->Write(batch).ok()) std::exit(3);
        store->reset();
        // The child has a folder of its own.
        fs::remove_all(dir);
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
  fs::remove_all(dir);
}

}  // namespace
}  // namespace redress
