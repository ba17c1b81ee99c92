#include "libs/projection/memory/memory_store.h"

#include "libs/projection/contract/projection_store_contract.h"

namespace redress {
namespace {

class MemoryBench final : public StoreBench {
 public:
  absl::StatusOr<std::unique_ptr<ProjectionStore>> Open() override { return NewMemoryStore(disk_); }
  void CrashWith(std::unique_ptr<ProjectionStore> store) override {
    store.reset();
    disk_->LoseBatches(3 + crashes_++);
  }
  void SetDiskFull(bool full) override { disk_->SetFull(full); }
  void Damage() override { disk_->Damage(); }

 private:
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>(/*undoable_batches=*/8);
  size_t crashes_ = 0;
};

std::unique_ptr<StoreBench> NewMemoryBench() { return std::make_unique<MemoryBench>(); }

INSTANTIATE_TEST_SUITE_P(Memory, ProjectionStoreContract, ::testing::Values(&NewMemoryBench));

TEST(MemoryDisk, LosesExactlyTheLastBatches) {
  auto disk = std::make_shared<MemoryDisk>(2);
  auto store = NewMemoryStore(disk);
  const auto write = [&](std::string_view a, std::string_view b) {
    RowBatch batch;
    batch.Put("a", "transient");
    batch.Put("a", std::string(a));
    b.empty() ? batch.Delete("b") : batch.Put("b", std::string(b));
    ASSERT_TRUE(store->Write(batch).ok());
  };
  write("1", "1");
  write("2", "");
  write("3", "3");
  const uint64_t bytes = store->memory().memtable_bytes;
  store.reset();
  EXPECT_EQ(disk->LoseBatches(1), 1u);
  EXPECT_THAT(disk->Rows(), ::testing::ElementsAre(::testing::Pair("a", "2")));
  EXPECT_EQ(NewMemoryStore(disk)->memory().memtable_bytes, bytes - 2);
  EXPECT_EQ(disk->LoseBatches(5), 1u) << "the first batch is no longer undoable";
  EXPECT_THAT(disk->Rows(),
              ::testing::ElementsAre(::testing::Pair("a", "1"), ::testing::Pair("b", "1")));
}

}  // namespace
}  // namespace redress
