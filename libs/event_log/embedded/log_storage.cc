#include "libs/event_log/embedded/log_storage.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/status.h"
#include "libs/event_log/embedded/record_codec.h"
#include "rocksdb/cache.h"
#include "rocksdb/convenience.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "rocksdb/perf_level.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/sst_partitioner.h"
#include "rocksdb/table.h"
#include "rocksdb/utilities/checkpoint.h"
#include "rocksdb/write_batch.h"
#include "rocksdb/write_buffer_manager.h"

namespace redress {
namespace {

// First byte of rows that are no records: above every topic.
constexpr char kMetaPrefix = '\xff';
constexpr std::string_view kFormatName = "format";
constexpr std::string_view kFormat = "redress-embedded-log-1";

// Topic and partition in a row's key.
constexpr size_t kPartitionPrefixBytes = 5;

constexpr uint32_t kTrimBatchRows = 1000;

rocksdb::Slice SliceOf(std::string_view bytes) {
  return rocksdb::Slice(bytes.data(), bytes.size());
}

std::string MetaKey(std::string_view name) {
  return std::string(1, kMetaPrefix) + std::string(name);
}

std::string TrimKey(TopicPartition source) {
  return MetaKey("trim") + RecordKey(source, Offset(0)).substr(0, kPartitionPrefixBytes);
}

bool IsSpace(const rocksdb::Status& status) {
  return status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit ||
         status.ToString().find("File too large") != std::string::npos ||
         status.ToString().find("Disk quota") != std::string::npos;
}

absl::Status ToStatus(const rocksdb::Status& status, const std::string& folder) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = "the log in " + folder + ": " + status.ToString();
  if (IsSpace(status)) return absl::ResourceExhaustedError(message);
  if (status.IsCorruption()) return absl::DataLossError(message);
  return absl::UnavailableError(message);
}

// So many flushed memtables are merged at a time.
constexpr int kMergedFlushes = 64;

rocksdb::Options DatabaseOptions(const StorageOptions& from) {
  rocksdb::Options options;
  if (from.env != nullptr) options.env = from.env;
  options.create_if_missing = true;
  options.write_buffer_size = 16 << 20;
  options.max_write_buffer_number = 3;
  options.max_background_jobs = 2;
  // Whoever appends is never made to wait for compaction: readers that keep up do not read from
  // files, and those that catch up may look into more of them.
  options.level0_slowdown_writes_trigger = 200;
  options.level0_stop_writes_trigger = 400;
  options.level_compaction_dynamic_level_bytes = true;
  // What has just been flushed is soon compacted.
  options.compression_per_level = {rocksdb::kNoCompression,  rocksdb::kLZ4Compression,
                                   rocksdb::kLZ4Compression, rocksdb::kLZ4Compression,
                                   rocksdb::kLZ4Compression, rocksdb::kLZ4Compression,
                                   rocksdb::kLZ4Compression};
  // A merge is worth its cost when it makes long files of each partition: what comes later lies
  // behind them, so that they go down the levels as they are, and are removed as they are (`Trim`).
  options.level0_file_num_compaction_trigger = kMergedFlushes;
  options.max_bytes_for_level_base = kMergedFlushes * options.write_buffer_size;
  options.sst_partitioner_factory =
      rocksdb::NewSstPartitionerFixedPrefixFactory(kPartitionPrefixBytes);
  options.write_buffer_manager = from.write_buffers;
  // Rows of one partition only ever come at its end: the place of the last one is a good place to
  // start looking.
  options.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(kPartitionPrefixBytes));
  // What was synced must all be there: only an unfinished last batch, which nobody was told of, may
  // be missing.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  // `Recover` opens the database anew instead, since it must settle the failed batch.
  options.max_bgerror_resume_count = 0;
  options.avoid_flush_during_shutdown = true;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 16 << 10;
  table.format_version = 5;
  table.block_cache = from.cache != nullptr ? from.cache : rocksdb::NewLRUCache(8 << 20);
  table.cache_index_and_filter_blocks = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

class LogStorage::Use {
 public:
  explicit Use(const LogStorage& storage) : storage_(storage) {
    MutexLock lock(storage_.mutex_);
    if (storage_.usable_) {
      db_ = storage_.db_.get();
      ++storage_.uses_;
    }
  }
  ~Use() {
    if (db_ == nullptr) return;
    MutexLock lock(storage_.mutex_);
    if (--storage_.uses_ == 0) storage_.idle_.NotifyAll();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  rocksdb::DB* db() const { return db_; }
  absl::Status status() const {
    if (db_ != nullptr) return absl::OkStatus();
    return absl::UnavailableError("the log in " + storage_.options_.folder +
                                  " is closed after a disk error");
  }

 private:
  const LogStorage& storage_;
  rocksdb::DB* db_ = nullptr;
};

absl::StatusOr<std::unique_ptr<LogStorage>> LogStorage::Open(StorageOptions options) {
  std::unique_ptr<LogStorage> storage(new LogStorage(std::move(options)));
  REDRESS_RETURN_IF_ERROR(storage->OpenDatabase());
  std::string format;
  const std::string name = MetaKey(kFormatName);
  const rocksdb::Status found = storage->db_->Get(rocksdb::ReadOptions(), name, &format);
  if (found.IsNotFound()) {
    rocksdb::WriteOptions durable;
    durable.sync = true;
    REDRESS_RETURN_IF_ERROR(
        ToStatus(storage->db_->Put(durable, name, SliceOf(kFormat)), storage->options_.folder));
  } else if (!found.ok()) {
    return ToStatus(found, storage->options_.folder);
  } else if (format != kFormat) {
    return absl::FailedPreconditionError("the log in " + storage->options_.folder +
                                         " has the format '" + format + "', this release reads '" +
                                         std::string(kFormat) + "'");
  }
  return storage;
}

LogStorage::LogStorage(StorageOptions options) : options_(std::move(options)) {}

LogStorage::~LogStorage() {
  MutexLock lock(mutex_);
  REDRESS_CHECK(uses_ == 0);
}

absl::Status LogStorage::OpenDatabase() {
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(DatabaseOptions(options_), options_.folder, &db);
  if (!opened.ok()) return ToStatus(opened, options_.folder);
  MutexLock lock(mutex_);
  db_.reset(db);
  usable_ = true;
  return absl::OkStatus();
}

bool LogStorage::usable() const {
  MutexLock lock(mutex_);
  return usable_;
}

absl::Status LogStorage::Write(const PartitionTable& table, const CommittedBatch& batch) {
  rocksdb::Status written;
  {
    const Use use(*this);
    REDRESS_RETURN_IF_ERROR(use.status());
    rocksdb::WriteBatch rows(batch.bytes + batch.records.size() * 32 + 64);
    std::string key;
    for (const CommittedRecord& record : batch.records) {
      key.clear();
      AppendRecordKey(table.all()[record.partition], record.offset, &key);
      rows.Put(key, record.bytes);
    }
    rocksdb::WriteOptions durable;
    durable.sync = true;
    // Nobody asks for the counts that RocksDB keeps by thread at every comparison of keys.
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    written = use.db()->Write(durable, &rows);
  }
  if (written.ok()) return absl::OkStatus();
  MutexLock lock(mutex_);
  usable_ = false;
  return ToStatus(written, options_.folder);
}

absl::Status LogStorage::Recover() {
  {
    MutexLock lock(mutex_);
    usable_ = false;
    while (uses_ > 0) idle_.Wait(lock);
  }
  db_.reset();
  return OpenDatabase();
}

absl::Status LogStorage::Scan(TopicPartition source, Offset from, Offset to, size_t max_records,
                              size_t max_bytes, std::vector<StoredRecord>* rows, bool* more) const {
  rows->clear();
  *more = false;
  const Use use(*this);
  REDRESS_RETURN_IF_ERROR(use.status());
  const std::string first = RecordKey(source, from);
  const std::string bound = RecordKey(source, to);
  const rocksdb::Slice upper = SliceOf(bound);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  options.fill_cache = false;
  options.verify_checksums = true;
  const std::unique_ptr<rocksdb::Iterator> it(use.db()->NewIterator(options));
  size_t bytes = 0;
  for (it->Seek(first); it->Valid(); it->Next()) {
    if (rows->size() == max_records || bytes >= max_bytes) {
      *more = true;
      break;
    }
    const auto key = ParseRecordKey(it->key().ToStringView());
    if (!key)
      return absl::DataLossError("the log in " + options_.folder + " has a row with a damaged key");
    rows->push_back({key->second, it->value().ToString()});
    bytes += rows->back().bytes.size();
  }
  return ToStatus(it->status(), options_.folder);
}

absl::StatusOr<Offset> LogStorage::NextOffset(TopicPartition source) const {
  const Use use(*this);
  REDRESS_RETURN_IF_ERROR(use.status());
  const std::string last = RecordKey(source, Offset(INT64_MAX));
  const std::unique_ptr<rocksdb::Iterator> it(use.db()->NewIterator(rocksdb::ReadOptions()));
  it->SeekForPrev(last);
  REDRESS_RETURN_IF_ERROR(ToStatus(it->status(), options_.folder));
  if (it->Valid()) {
    const auto key = ParseRecordKey(it->key().ToStringView());
    if (key && key->first == source) return key->second.Next();
  }
  return Offset(0);
}

absl::StatusOr<Offset> LogStorage::TrimmedTo(TopicPartition source) const {
  const Use use(*this);
  REDRESS_RETURN_IF_ERROR(use.status());
  std::string value;
  const rocksdb::Status found = use.db()->Get(rocksdb::ReadOptions(), TrimKey(source), &value);
  if (found.IsNotFound()) return Offset(0);
  REDRESS_RETURN_IF_ERROR(ToStatus(found, options_.folder));
  const auto key = ParseRecordKey(value);
  if (!key)
    return absl::DataLossError("the log in " + options_.folder + " has a damaged trim mark");
  return key->second;
}

absl::Status LogStorage::Trim(TopicPartition source, Offset before) {
  const Use use(*this);
  REDRESS_RETURN_IF_ERROR(use.status());
  const std::string first = RecordKey(source, Offset(1));
  const std::string limit = RecordKey(source, before);
  rocksdb::WriteOptions durable;
  durable.sync = true;
  REDRESS_RETURN_IF_ERROR(
      ToStatus(use.db()->Put(durable, TrimKey(source), limit), options_.folder));
  // Whole files first, then what is left, row by row: in this release of RocksDB a range deletion
  // and the insert hint of `DatabaseOptions` corrupt the memtable between them.
  const rocksdb::Slice from = SliceOf(first);
  const rocksdb::Slice to = SliceOf(limit);
  REDRESS_RETURN_IF_ERROR(
      ToStatus(rocksdb::DeleteFilesInRange(use.db(), use.db()->DefaultColumnFamily(), &from, &to,
                                           /*include_end=*/false),
               options_.folder));
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &to;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(use.db()->NewIterator(options));
  rocksdb::WriteBatch rows;
  for (it->Seek(from); it->Valid(); it->Next()) {
    rows.Delete(it->key());
    if (rows.Count() < kTrimBatchRows) continue;
    REDRESS_RETURN_IF_ERROR(
        ToStatus(use.db()->Write(rocksdb::WriteOptions(), &rows), options_.folder));
    rows.Clear();
  }
  REDRESS_RETURN_IF_ERROR(ToStatus(it->status(), options_.folder));
  return ToStatus(use.db()->Write(rocksdb::WriteOptions(), &rows), options_.folder);
}

absl::Status LogStorage::Checkpoint(const std::string& dir) const {
  const Use use(*this);
  REDRESS_RETURN_IF_ERROR(use.status());
  rocksdb::Checkpoint* raw = nullptr;
  const rocksdb::Status made = rocksdb::Checkpoint::Create(use.db(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  REDRESS_RETURN_IF_ERROR(ToStatus(made, options_.folder));
  // The write-ahead log is copied as far as it is synced; nothing is flushed for it.
  return ToStatus(checkpoint->CreateCheckpoint(dir, /*log_size_for_flush=*/UINT64_MAX),
                  options_.folder);
}

absl::StatusOr<uint64_t> LogStorage::FreeBytes() const {
  rocksdb::Env* env = options_.env != nullptr ? options_.env : rocksdb::Env::Default();
  uint64_t bytes = 0;
  REDRESS_RETURN_IF_ERROR(ToStatus(env->GetFreeSpace(options_.folder, &bytes), options_.folder));
  return bytes;
}

}  // namespace redress
