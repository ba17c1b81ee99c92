// The newest group commits in memory, in commit order: readers that are caught up follow them and
// never touch the disk. Bounded by bytes; a reader that falls off the old end reads from storage
// until it can join again.
//
// Thread-safe. The bytes of a batch are immutable once published and live as long as anyone holds
// the batch.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/event_log/embedded/committed_batch.h"
#include "libs/event_log/event_log.h"

namespace redress {

class CommitChain {
 public:
  // `oldest` and `ends` by partition: the offset of the oldest record, and one that is above the
  // newest.
  CommitChain(size_t max_bytes, std::vector<Offset> oldest, std::vector<Offset> ends)
      : max_bytes_(max_bytes), oldest_(std::move(oldest)), ends_(std::move(ends)) {}

  // Makes a durable batch visible. By one thread.
  void Publish(std::shared_ptr<const CommittedBatch> batch);
  // Nothing below `offset` is there any more.
  void SetOldest(int partition, Offset offset);

  Offset End(int partition) const;
  Offset Oldest(int partition) const;

  // Where to join: the sequence number of the next batch to come, and all ends at this moment.
  uint64_t Join(std::vector<Offset>* ends) const;

  enum class Followed {
    kMore,     // batches were given, and there are more
    kNewest,   // batches were given (perhaps none), and that is all
    kFellOff,  // the batch is gone: read from storage
  };
  // Gives up to `max` batches from sequence number `from` on. When there is none, sets `*armed`
  // before any later batch becomes visible.
  Followed Follow(uint64_t from, size_t max,
                  std::vector<std::shared_ptr<const CommittedBatch>>* batches,
                  std::atomic<bool>* armed) const;

  size_t bytes() const;

 private:
  const size_t max_bytes_;
  mutable Mutex mutex_;
  std::deque<std::shared_ptr<const CommittedBatch>> batches_;
  uint64_t first_ = 0;  // sequence number of batches_.front()
  size_t bytes_ = 0;
  std::vector<Offset> oldest_;
  std::vector<Offset> ends_;
};

}  // namespace redress
