#include "tests/simulation/disk.h"

#include <filesystem>
#include <utility>

#include "libs/base/check.h"
#include "libs/projection/memory/memory_store.h"
#include "libs/projection/rocksdb/rocksdb_store.h"
#include "libs/rocksdb_testing/fault_file_system.h"
#include "tests/simulation/sites.h"

namespace redress::simulation {
namespace {

constexpr size_t kUndoable = 8;

class InMemory final : public Disk {
 public:
  std::unique_ptr<ProjectionStore> Open() override { return NewMemoryStore(disk_); }
  void Lose(SeededRandom& random) override { disk_->LoseBatches(random.Below(4)); }
  void SetFull(bool full) override { disk_->SetFull(full); }

 private:
  const std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>(kUndoable);
};

StoreLimits SmallLimits() {
  StoreLimits limits;
  limits.cache_bytes = 1 << 20;
  limits.memtables_bytes = 1 << 20;
  limits.write_buffer_bytes = 256 << 10;
  return limits;
}

class OnRocksDb final : public Disk {
 public:
  explicit OnRocksDb(std::string dir) : dir_(std::move(dir)) {
    REDRESS_CHECK(!std::filesystem::exists(dir_));
  }
  ~OnRocksDb() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  std::unique_ptr<ProjectionStore> Open() override {
    auto store = OpenRocksDbStore({dir_, std::make_shared<StoreResources>(SmallLimits(), files_)});
    REDRESS_CHECK(store.ok());
    return *std::move(store);
  }
  void Cut() override { files_->CutPower(); }
  void Lose(SeededRandom& random) override { REDRESS_CHECK(files_->LoseUnsynced(&random).ok()); }
  // A full disk is the memory's part: here it would stop the whole database, as disk_test shows end
  // to end.
  void SetFull(bool) override {}

 private:
  const std::string dir_;
  const std::shared_ptr<FaultFileSystem> files_ = std::make_shared<FaultFileSystem>();
};

class SiteStore final : public ProjectionStore {
 public:
  SiteStore(std::unique_ptr<ProjectionStore> inner, Fate* fate)
      : inner_(std::move(inner)), fate_(fate) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    fate_->At(Site::kGetsRow);
    return inner_->Get(key);
  }
  absl::Status Scan(
      std::string_view from, std::string_view to, bool reverse,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    // A store is scanned when a projection starts, and for timers once it has been written to.
    fate_->At(written_ ? Site::kScans : Site::kRestores);
    return inner_->Scan(from, to, reverse, visit);
  }
  absl::Status Write(const RowBatch& batch) override {
    fate_->At(Site::kBeforeFlush);
    if (fate_->dead()) return absl::OkStatus();
    const absl::Status written = inner_->Write(batch);
    written_ = true;
    fate_->At(written.ok() ? Site::kAfterFlush : Site::kDiskFull);
    return written;
  }
  Memory memory() const override { return inner_->memory(); }

 private:
  const std::unique_ptr<ProjectionStore> inner_;
  Fate* const fate_;
  bool written_ = false;
};

}  // namespace

std::unique_ptr<Disk> NewMemoryDisk() { return std::make_unique<InMemory>(); }
std::unique_ptr<Disk> NewRocksDisk(std::string dir) {
  return std::make_unique<OnRocksDb>(std::move(dir));
}
std::unique_ptr<ProjectionStore> NewSiteStore(std::unique_ptr<ProjectionStore> inner, Fate* fate) {
  return std::make_unique<SiteStore>(std::move(inner), fate);
}

}  // namespace redress::simulation
