// A reader of the embedded log. Behind, it reads storage up to an agreed point; caught up, it
// follows the chain of group commits in memory, without copying.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "libs/base/mutex.h"
#include "libs/event_log/embedded/commit_chain.h"
#include "libs/event_log/embedded/log_storage.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/partition_table.h"

namespace redress {

// How the commit thread reaches a reader. Thread-safe; shared by both.
class ReaderWake {
 public:
  // Calls the reader's `wake`, if a poll found nothing since the last call.
  void Ring();
  void Set(absl::AnyInvocable<void()> wake);
  // The reader is gone: no call comes after this.
  void Close();
  bool closed() const { return closed_; }
  std::atomic<bool>* armed() { return &armed_; }

 private:
  std::atomic<bool> armed_{false};
  std::atomic<bool> closed_{false};
  Mutex mutex_;
  absl::AnyInvocable<void()> wake_;
};

class EmbeddedReader final : public LogReader {
 public:
  // `storage`, `chain` and `table` outlive the reader.
  EmbeddedReader(const LogStorage* storage, const CommitChain* chain, const PartitionTable* table,
                 std::shared_ptr<ReaderWake> wake, const std::vector<ReadFrom>& starts);
  ~EmbeddedReader() override;

  absl::Status Poll(size_t max_records, ReadBatch* batch) override;
  void SetWake(absl::AnyInvocable<void()> wake) override;

 private:
  struct Source {
    int partition = 0;  // index in the table
    TopicPartition tp;
    Offset position;       // the next record has this offset or a higher one
    Offset goal;           // where to stop reading storage
    Offset announced{-1};  // the last EndOfPartition
  };

  absl::Status CheckStarts();
  absl::Status Step(size_t max_records, ReadBatch* batch);
  // Reads storage until `max_records` are there or all sources have reached their goals; then
  // `joined_`.
  absl::Status CatchUp(size_t max_records, ReadBatch* batch);
  absl::Status CatchUpSource(Source* source, size_t max_records, ReadBatch* batch);
  // Reads the chain. `again`: nothing was found, but there may be more at once.
  absl::Status Follow(size_t max_records, ReadBatch* batch, bool* again);
  // Delivers from `index_` on, until the batch is full.
  absl::Status DeliverBatch(const CommittedBatch& committed, size_t max_records, ReadBatch* batch);
  void AnnounceEnds(ReadBatch* batch);

  const LogStorage* const storage_;
  const CommitChain* const chain_;
  const PartitionTable* const table_;
  const std::shared_ptr<ReaderWake> wake_;
  std::vector<Source> sources_;
  // Index in `sources_` by partition of the table, or -1.
  std::vector<int> source_of_;

  bool checked_ = false;
  absl::Status start_error_;
  bool has_goal_ = false;
  bool joined_ = false;
  // Joined: the next batch, and how many of its records were delivered or skipped.
  uint64_t sequence_ = 0;
  size_t index_ = 0;
  std::vector<std::shared_ptr<const CommittedBatch>> followed_;
};

}  // namespace redress
