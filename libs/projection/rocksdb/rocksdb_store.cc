#include "libs/projection/rocksdb/rocksdb_store.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/mutex.h"
#include "libs/base/status.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"
#include "rocksdb/perf_level.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/utilities/checkpoint.h"
#include "rocksdb/write_batch.h"

namespace redress {

namespace {

// Over the common budget a memtable is flushed when it has this part of its full size: tiny files
// help nobody.
constexpr size_t kEarlyFlushPart = 16;

// Beyond anything a memtable reaches: RocksDB never decides to flush, we do (see `Write`).
constexpr size_t kNeverFlushBytes = size_t{1} << 40;

// Ten bits for each of the rows of a full memtable, and more.
constexpr size_t kMemtableFilterBytes = 1 << 20;

// A key that no table uses.
constexpr std::string_view kFirstOfMemtable = "\xff\xff\xffmemtable";

// A compaction that found the disk full is tried again after so many writes: at once would spin.
constexpr int kWritesBetweenSoftResumes = 64;

// So many sorted runs of like size become one.
constexpr int kMergedRuns = 12;

// Keys of one table begin with the same byte (row_key.h).
constexpr size_t kTableBytes = 1;

rocksdb::Slice SliceOf(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ViewOf(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

bool SaysLocked(std::string_view message) {
  return message.find("While lock file") != std::string_view::npos ||
         message.find("lock hold by current process") != std::string_view::npos;
}

// Remembers that RocksDB stopped background work. Its own recovery, which looks for space every 5 s
// and refuses to be asked meanwhile, is switched off: the next write asks.
class BackgroundErrors final : public rocksdb::EventListener {
 public:
  enum class Kind { kNone, kSoft, kHard };

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    Raise(error->severity() <= rocksdb::Status::kSoftError ? Kind::kSoft : Kind::kHard);
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
  void Raise(Kind kind) {
    Kind known = kind_.load();
    while (known < kind && !kind_.compare_exchange_weak(known, kind)) {
    }
  }
  Kind kind() const { return kind_.load(); }
  void Clear() { kind_.store(Kind::kNone); }

 private:
  std::atomic<Kind> kind_{Kind::kNone};
};

// Rows in the order of their keys. Most differ in their first bytes, which are compared as one
// number.
class KeyOrder {
 public:
  const RowBatch::Row& row(size_t i) const { return *order_[i].row; }
  size_t size() const { return order_.size(); }

  // Later rows of the same key come later. The batch must stay as it is.
  void Sort(const RowBatch& batch) {
    order_.clear();
    for (const RowBatch::Row& row : batch.rows()) order_.push_back({FirstBytes(row.key), &row});
    std::sort(order_.begin(), order_.end(), [](const Entry& a, const Entry& b) {
      if (a.first_bytes != b.first_bytes) return a.first_bytes < b.first_bytes;
      const int order = a.row->key.compare(b.row->key);
      return order != 0 ? order < 0 : a.row < b.row;
    });
  }

 private:
  struct Entry {
    uint64_t first_bytes;
    const RowBatch::Row* row;
  };
  static uint64_t FirstBytes(std::string_view key) {
    char bytes[sizeof(uint64_t)] = {};
    key.copy(bytes, sizeof(bytes));
    uint64_t number = 0;
    for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
    return number;
  }

  std::vector<Entry> order_;
};

class RocksDbStoreImpl final : public RocksDbStore {
 public:
  RocksDbStoreImpl(RocksDbStoreOptions options, std::shared_ptr<BackgroundErrors> errors,
                   std::unique_ptr<rocksdb::DB> db)
      : options_(std::move(options)), errors_(std::move(errors)), db_(std::move(db)) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), SliceOf(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return NoteDamage(FromRocksDb(status, Named("read")));
    return std::optional<std::string>(std::move(value));
  }

  absl::Status Scan(
      std::string_view from, std::string_view to, bool reverse,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    if (!to.empty() && to <= from) return absl::OkStatus();
    const rocksdb::Slice lower = SliceOf(from);
    const rocksdb::Slice upper = SliceOf(to);
    rocksdb::ReadOptions read;
    if (reverse) read.iterate_lower_bound = &lower;
    if (!to.empty()) read.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(read));
    if (reverse) {
      row->SeekToLast();
    } else {
      row->Seek(lower);
    }
    while (row->Valid() && visit(ViewOf(row->key()), ViewOf(row->value()))) {
      if (reverse) {
        row->Prev();
      } else {
        row->Next();
      }
    }
    return NoteDamage(FromRocksDb(row->status(), Named("scan")));
  }

  // A write-ahead log whose writing failed must not be written again: RocksDB 7.8 asserts, and the
  // packaged library has its asserts on. `Resume` begins a new log, but only when the memtable is
  // not empty. So every memtable begins with a row that is not logged (the deletion of a key nobody
  // has), before anything is written to its log; and memtables are switched here only, never by
  // RocksDB between that row and the batch.
  absl::Status Write(const RowBatch& batch) override {
    REDRESS_RETURN_IF_ERROR(broken_);
    REDRESS_RETURN_IF_ERROR(ResumeIfStopped());
    REDRESS_RETURN_IF_ERROR(BeginMemtable());
    // Nobody asks for the counts that RocksDB keeps by thread at every comparison of keys.
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    // In the order of the keys, so that each is inserted close to the one before: in any other
    // order finding the places in the memtable costs more than all the rest of a write.
    in_order_.Sort(batch);
    batch_.Clear();
    for (size_t i = 0; i < in_order_.size(); ++i) {
      const RowBatch::Row& row = in_order_.row(i);
      const rocksdb::Status status =
          row.value.has_value() ? batch_.Put(row.key, *row.value) : batch_.Delete(row.key);
      REDRESS_CHECK(status.ok());
    }
    REDRESS_RETURN_IF_ERROR(
        Sticky(FromRocksDb(db_->Write(rocksdb::WriteOptions(), &batch_), Named("write"))));
    FlushWhenLarge();
    return absl::OkStatus();
  }

  Memory memory() const override {
    Memory memory;
    memory.cache_bytes = options_.resources->cache_bytes();
    db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &memory.memtable_bytes);
    db_->GetIntProperty(rocksdb::DB::Properties::kEstimateTableReadersMem,
                        &memory.table_reader_bytes);
    std::vector<rocksdb::Env::FileAttributes> files;
    if (options_.resources->env()->GetChildrenFileAttributes(options_.dir, &files).ok()) {
      for (const auto& file : files) memory.disk_bytes += file.size_bytes;
    }
    return memory;
  }

  absl::Status Checkpoint(const std::string& dir) override {
    rocksdb::Checkpoint* raw = nullptr;
    const rocksdb::Status made = rocksdb::Checkpoint::Create(db_.get(), &raw);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
    if (!made.ok()) return FromRocksDb(made, Named("checkpoint"));
    // The log is copied, never cut short by a flush: see `Write`.
    return FromRocksDb(checkpoint->CreateCheckpoint(dir, /*log_size_for_flush=*/kNeverFlushBytes),
                       Named("checkpoint"));
  }

  absl::Status damage() const override {
    MutexLock lock(damage_mutex_);
    return damage_;
  }

 private:
  // The first one stays.
  absl::Status NoteDamage(absl::Status read) const {
    if (absl::IsDataLoss(read)) {
      MutexLock lock(damage_mutex_);
      damage_.Update(read);
    }
    return read;
  }

  std::string Named(const char* action) const {
    return absl::StrCat(action, " projection ", options_.dir);
  }

  // Any failure but a full disk holds until the store is opened again: it could hide a batch that
  // is half known.
  absl::Status Sticky(absl::Status status) {
    if (!status.ok() && !absl::IsResourceExhausted(status)) broken_ = status;
    return status;
  }

  absl::Status BeginMemtable() {
    if (memtable_begun_) return absl::OkStatus();
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    const rocksdb::Status status = db_->Delete(unlogged, SliceOf(kFirstOfMemtable));
    memtable_begun_ = status.ok();
    return Sticky(FromRocksDb(status, Named("write")));
  }

  void FlushWhenLarge() {
    uint64_t bytes = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeActiveMemTable, &bytes);
    const size_t full = options_.resources->limits().write_buffer_bytes;
    if (bytes < (options_.resources->memtables_over_budget() ? full / kEarlyFlushPart : full))
      return;
    rocksdb::FlushOptions flush;
    flush.wait = false;
    flush.allow_write_stall = true;
    // A failure shows as a background error, and at the next write.
    db_->Flush(flush).PermitUncheckedError();
    memtable_begun_ = false;
  }

  // After a failed background write RocksDB refuses further writes (hard) or stops compacting
  // (soft) until told to try again. Resuming flushes what is in memory and starts a new write-ahead
  // log.
  absl::Status ResumeIfStopped() {
    const BackgroundErrors::Kind kind = errors_->kind();
    if (kind == BackgroundErrors::Kind::kNone) return absl::OkStatus();
    if (kind == BackgroundErrors::Kind::kSoft &&
        ++writes_since_resume_ < kWritesBetweenSoftResumes) {
      return absl::OkStatus();
    }
    writes_since_resume_ = 0;
    errors_->Clear();
    memtable_begun_ = false;
    const rocksdb::Status status = db_->Resume();
    if (status.ok() || kind == BackgroundErrors::Kind::kSoft) return absl::OkStatus();
    errors_->Raise(kind);
    return Sticky(FromRocksDb(status, Named("resume")));
  }

  const RocksDbStoreOptions options_;
  const std::shared_ptr<BackgroundErrors> errors_;
  const std::unique_ptr<rocksdb::DB> db_;
  mutable Mutex damage_mutex_;
  mutable absl::Status damage_;
  // Of the one writing thread.
  rocksdb::WriteBatch batch_;
  KeyOrder in_order_;
  absl::Status broken_;
  int writes_since_resume_ = 0;
  bool memtable_begun_ = false;
};

}  // namespace

absl::Status FromRocksDb(const rocksdb::Status& status, const std::string& what) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(what, ": ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  if (status.IsCorruption()) return absl::DataLossError(message);
  if (status.IsIOError()) return absl::UnavailableError(message);
  return absl::InternalError(message);
}

absl::StatusOr<std::unique_ptr<RocksDbStore>> OpenRocksDbStore(RocksDbStoreOptions options) {
  REDRESS_CHECK(options.resources != nullptr && !options.dir.empty());
  std::error_code failure;
  std::filesystem::create_directories(options.dir, failure);
  if (failure)
    return absl::UnavailableError(absl::StrCat("make ", options.dir, ": ", failure.message()));
  rocksdb::Options database = options.resources->Options();
  database.write_buffer_size = kNeverFlushBytes;
  // Log files would be given room for such a memtable in advance.
  database.allow_fallocate = false;
  database.arena_block_size = 256 << 10;
  // Rows of a table come in order: the place of the last one is a good place to start looking.
  database.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(kTableBytes));
  // Most look-ups are for streams and keys that are not there yet: a bit set of 1 MiB says so
  // without a search.
  database.memtable_whole_key_filtering = true;
  database.memtable_prefix_bloom_size_ratio =
      static_cast<double>(kMemtableFilterBytes) / kNeverFlushBytes;
  // Rows are written far more often than read back from files, and may be rebuilt: few rewritings
  // count for more than few files and little space. Most rows are new, few replace older ones: how
  // much younger files hold says nothing of the space that merging all would free.
  database.compaction_style = rocksdb::kCompactionStyleUniversal;
  database.level0_file_num_compaction_trigger = kMergedRuns;
  database.compaction_options_universal.max_size_amplification_percent = 100 * kMergedRuns;
  database.level_compaction_dynamic_level_bytes = false;
  // The unlogged row of a memtable is not worth a flush.
  database.avoid_flush_during_shutdown = true;
  // A torn tail of the write-ahead log is what a crash leaves: everything before it counts.
  database.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  auto errors = std::make_shared<BackgroundErrors>();
  database.listeners.push_back(errors);
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(database, options.dir, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (!opened.ok() && SaysLocked(opened.ToString())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "projection ", options.dir, " is open already, here or elsewhere (its LOCK is held)"));
  }
  if (!opened.ok()) return FromRocksDb(opened, absl::StrCat("open projection ", options.dir));
  return std::make_unique<RocksDbStoreImpl>(std::move(options), std::move(errors), std::move(db));
}

}  // namespace redress
