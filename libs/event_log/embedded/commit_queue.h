// What waits for the next group commit. Bounded; decides when a batch is full enough.
//
// Threads: `Push` and `PushTask` by any, `Take` by the commit thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"

namespace redress {

struct PendingAppend {
  // Index in the `PartitionTable`.
  int partition = 0;
  std::string bytes;
  AppendDone done;
  std::chrono::steady_clock::time_point queued;
};

using LogTask = absl::AnyInvocable<void()>;

class CommitQueue {
 public:
  struct Limits {
    // Waiting at most; more is refused.
    size_t max_records = 200'000;
    size_t max_bytes = 64 << 20;
    // Committed together at most.
    size_t max_batch_records = 8192;
    size_t max_batch_bytes = 4 << 20;
    // Under load (the last batch had several records) batches begin at least this far apart, and
    // under much load (it had `busy_records`) that far.
    absl::Duration linger = absl::Milliseconds(1);
    size_t busy_records = 32;
    absl::Duration busy_linger = absl::Milliseconds(3);
  };
  explicit CommitQueue(Limits limits) : limits_(limits) {}

  // False: the queue is full, and `append` is left as it was.
  [[nodiscard]] bool Push(PendingAppend& append);
  // Runs on the commit thread after the next batch.
  void PushTask(LogTask task);

  // Waits for work and gives it, appends in the order of `Push`. False: closed, and nothing is
  // left.
  [[nodiscard]] bool Take(std::vector<PendingAppend>* appends, std::vector<LogTask>* tasks);
  void Close();

  size_t records() const;

 private:
  bool BatchIsFull() const {
    return queue_.size() >= limits_.max_batch_records || bytes_ >= limits_.max_batch_bytes;
  }

  const Limits limits_;
  mutable Mutex mutex_;
  Condition work_;
  std::deque<PendingAppend> queue_;
  std::vector<LogTask> tasks_;
  size_t bytes_ = 0;
  bool closed_ = false;
  // The commit thread waits: for anything, or for more.
  enum class Waiting { kNo, kForWork, kForMore } waiting_ = Waiting::kNo;
  size_t last_batch_records_ = 0;
  std::chrono::steady_clock::time_point last_batch_;
};

}  // namespace redress
