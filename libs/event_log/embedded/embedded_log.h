// The log in one folder of this machine, for one process: RocksDB underneath, one commit thread
// that makes what waits durable together (one write, one fsync) and then wakes the readers. The
// default of Redress; nothing else to install or run. The format stands in
// docs/formats/embedded_log.md.
//
// Thread-safe, see `EventLog`. Readers and ownerships are dropped before the log. The destructor
// commits what waits and answers it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/random.h"
#include "libs/event_log/embedded/commit_chain.h"
#include "libs/event_log/embedded/commit_queue.h"
#include "libs/event_log/embedded/latency_histogram.h"
#include "libs/event_log/embedded/log_folder.h"
#include "libs/event_log/embedded/log_storage.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/partition_table.h"

namespace redress {

class ReaderWake;

inline constexpr PartitionCounts kDefaultPartitions = {16, 16, 1, 1, 1, 1};

struct EmbeddedLogOptions {
  // Made when missing.
  std::string folder;
  // For the identity of a new log. Not owned; must be set and outlive the log.
  Random* random = nullptr;
  const Clock* clock = nullptr;
  // By topic; unset: as the log was made, or `kDefaultPartitions` for a new one.
  std::optional<PartitionCounts> partitions;
  // Empty: that of the folder, which is made with the log.
  std::string id_secret;
  // Identity of a new log; none: one is made.
  LogId log_id;
  // NOT_FOUND instead of a new log.
  bool must_exist = false;

  CommitQueue::Limits limits;
  // Of the newest batches kept in memory for readers, bytes as stored; decoded they take about five
  // times as much.
  size_t max_chain_bytes = 8 << 20;
  // Appends are refused while the disk has less than this left, bytes: so a full disk is met before
  // anything is half written, and RocksDB keeps room for its own work.
  uint64_t min_free_bytes = 64 << 20;

  // As in `StorageOptions`; tests wrap the file system.
  rocksdb::Env* env = nullptr;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
  // Called by the commit thread for each committed record before a reader can see it: what all
  // readers of this process will make of it (`RecordView::shared`) is made there once, and none of
  // them waits for another.
  std::function<void(const RecordView&)> before_readers;
  // Test only: how many offsets to leave out before the next record of a partition. Called by the
  // commit thread.
  std::function<int64_t(TopicPartition)> gap;
};

// Since the log was opened.
struct EmbeddedLogStats {
  uint64_t appended = 0;
  uint64_t not_appended = 0;
  uint64_t unknown = 0;
  uint64_t commits = 0;  // each one write and one fsync
  uint64_t bytes = 0;    // of records as stored
  uint64_t recoveries = 0;
  uint64_t queued = 0;              // now
  uint64_t chain_bytes = 0;         // now
  bool usable = true;               // now; false after a disk error that is not over
  LatencyHistogram append_latency;  // from `Append` to durable
};

class EmbeddedLog final : public EventLog {
 public:
  // Opens the log, or makes it. FAILED_PRECONDITION: another process has it, it was made with
  // another secret or other partition counts, or by a newer release; DATA_LOSS: damaged;
  // RESOURCE_EXHAUSTED: disk full. Ignores SIGXFSZ from then on, so that a file-size limit is an
  // error instead of the end of the process.
  static absl::StatusOr<std::unique_ptr<EmbeddedLog>> Open(EmbeddedLogOptions options);
  ~EmbeddedLog() override;

  LogId log_id() const override { return log_id_; }
  int32_t PartitionCount(Topic topic) const override { return table_.count(topic); }
  const std::string& id_secret() const { return id_secret_; }
  // A copy of the log as of now in `folder`, which must not exist (its parent must), secret
  // included. Any thread.
  absl::Status BackUp(const std::string& folder) const;
  // Ends the log for good, durably: no process opens it again, and is told `why`. When its records
  // live elsewhere.
  absl::Status Seal(std::string_view why);

  // After a failed write the log opens its database anew and looks: outcomes are unknown only while
  // that fails.
  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override;
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind,
                                                 OwnershipChanged changed) override;

  // Removes the records of a partition below `before`, for ever. INVALID_ARGUMENT: beyond the end.
  absl::Status TrimBefore(TopicPartition of, Offset before);

  EmbeddedLogStats stats() const;

 private:
  // Outcomes of a batch, in its order.
  using Outcomes = std::vector<AppendOutcome>;

  explicit EmbeddedLog(EmbeddedLogOptions options);
  absl::Status OpenStorage();
  // Reads the identity of an existing log, makes that of a new one.
  absl::Status Identify();
  absl::Status ReadIdentity(PartitionCounts* counts);
  absl::Status CheckPartitions();
  absl::Status MakeGenesis(const std::vector<TopicPartition>& missing);

  void Run();
  void Commit(std::vector<PendingAppend>* appends);
  // Not OK: nothing may be written now.
  absl::Status ReadyToWrite();
  std::shared_ptr<CommittedBatch> MakeBatch(std::vector<PendingAppend>* appends);
  // What became of a batch whose write failed with `error`.
  Outcomes Settle(const CommittedBatch& batch, const absl::Status& error);
  // Opens the database anew and publishes what is there and nobody has seen yet.
  absl::Status Recover();
  void Publish(std::shared_ptr<const CommittedBatch> batch);
  void Answer(std::vector<PendingAppend>* appends, Outcomes outcomes);

  const EmbeddedLogOptions options_;
  std::unique_ptr<FolderLock> folder_lock_;
  std::unique_ptr<LogStorage> storage_;
  LogId log_id_;
  std::string id_secret_;
  PartitionTable table_;
  std::unique_ptr<CommitChain> chain_;
  CommitQueue queue_;

  // Of the commit thread: the next offset by partition, and when to try again after a disk error.
  std::vector<Offset> next_;
  absl::Status down_;
  std::chrono::steady_clock::time_point try_again_;

  mutable Mutex mutex_;  // guards what follows
  std::shared_ptr<const std::vector<std::shared_ptr<ReaderWake>>> wakes_;
  EmbeddedLogStats stats_;

  std::thread thread_;
};

}  // namespace redress
