// The records on disk: one RocksDB, one row a record. Below the commit thread and the readers;
// knows no queue, no wake-up and no genesis.
//
// Threads: `Write` and `Recover` by the commit thread; everything else by any thread, at any time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/event_log/embedded/commit_chain.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/partition_table.h"

namespace rocksdb {
class Cache;
class DB;
class Env;
class WriteBufferManager;
}  // namespace rocksdb

namespace redress {

struct StorageOptions {
  std::string folder;
  // Not owned; null: the machine's.
  rocksdb::Env* env = nullptr;
  // Shared with other users of the process, or null for small ones of its own.
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

// A row as stored.
struct StoredRecord {
  Offset offset;
  std::string bytes;
};

class LogStorage {
 public:
  // Opens or makes the database. DATA_LOSS: it is damaged, with the file as far as RocksDB names
  // it.
  static absl::StatusOr<std::unique_ptr<LogStorage>> Open(StorageOptions options);
  ~LogStorage();

  // Writes all records atomically and durably. After an error the outcome is open until `Recover`
  // succeeds; the storage refuses everything but that.
  absl::Status Write(const PartitionTable& table, const CommittedBatch& batch);

  // Opens the database anew, which settles what became of the batch that failed: what is there now
  // stays, what is not never comes. Waits for scans under way; those that come meanwhile get
  // UNAVAILABLE. After an error the storage stays closed: call it again.
  absl::Status Recover();
  bool usable() const;

  // Up to `max_records` (and about `max_bytes`) rows with `from` <= offset < `to`. `more` tells
  // whether there may be further ones.
  absl::Status Scan(TopicPartition source, Offset from, Offset to, size_t max_records,
                    size_t max_bytes, std::vector<StoredRecord>* rows, bool* more) const;

  // One above the newest offset; 0 for an empty partition.
  absl::StatusOr<Offset> NextOffset(TopicPartition source) const;

  // Where trimming has come to; 0 when never trimmed.
  absl::StatusOr<Offset> TrimmedTo(TopicPartition source) const;
  // Remembers, durably, that rows with 0 < offset < `before` are gone (the genesis record stays),
  // then removes them. After an error they may be there still; call it again.
  absl::Status Trim(TopicPartition source, Offset before);

  // A copy of the database as of now in `dir`, which must not exist (its parent must). Any thread.
  absl::Status Checkpoint(const std::string& dir) const;

  // Bytes that the file system has left for the log.
  absl::StatusOr<uint64_t> FreeBytes() const;

 private:
  // Holds the database open while somebody uses it.
  class Use;
  explicit LogStorage(StorageOptions options);
  absl::Status OpenDatabase();

  const StorageOptions options_;
  mutable Mutex mutex_;
  mutable Condition idle_;
  mutable int uses_ = 0;
  bool usable_ = false;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace redress
