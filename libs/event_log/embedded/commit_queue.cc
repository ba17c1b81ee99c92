#include "libs/event_log/embedded/commit_queue.h"

#include <utility>

namespace redress {

bool CommitQueue::Push(PendingAppend& append) {
  MutexLock lock(mutex_);
  if (queue_.size() >= limits_.max_records || bytes_ + append.bytes.size() > limits_.max_bytes)
    return false;
  bytes_ += append.bytes.size();
  queue_.push_back(std::move(append));
  if (waiting_ == Waiting::kForWork || (waiting_ == Waiting::kForMore && BatchIsFull())) {
    waiting_ = Waiting::kNo;
    work_.NotifyOne();
  }
  return true;
}

void CommitQueue::PushTask(LogTask task) {
  MutexLock lock(mutex_);
  tasks_.push_back(std::move(task));
  waiting_ = Waiting::kNo;
  work_.NotifyOne();
}

bool CommitQueue::Take(std::vector<PendingAppend>* appends, std::vector<LogTask>* tasks) {
  appends->clear();
  tasks->clear();
  MutexLock lock(mutex_);
  while (!closed_ && tasks_.empty()) {
    if (queue_.empty()) {
      waiting_ = Waiting::kForWork;
      work_.Wait(lock);
      continue;
    }
    // A lone append is committed at once. Under load a commit (an fsync) for every few records
    // would cost more than it hastens.
    if (last_batch_records_ <= 1 || BatchIsFull()) break;
    const absl::Duration linger =
        last_batch_records_ >= limits_.busy_records ? limits_.busy_linger : limits_.linger;
    const auto wait =
        last_batch_ + absl::ToChronoNanoseconds(linger) - std::chrono::steady_clock::now();
    if (wait <= std::chrono::nanoseconds::zero()) break;
    waiting_ = Waiting::kForMore;
    work_.WaitFor(lock, absl::FromChrono(wait));
  }
  waiting_ = Waiting::kNo;
  size_t batch_bytes = 0;
  while (!queue_.empty() && appends->size() < limits_.max_batch_records &&
         batch_bytes < limits_.max_batch_bytes) {
    batch_bytes += queue_.front().bytes.size();
    appends->push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  bytes_ -= batch_bytes;
  tasks->swap(tasks_);
  if (!appends->empty()) {
    last_batch_records_ = appends->size();
    last_batch_ = std::chrono::steady_clock::now();
  }
  return !appends->empty() || !tasks->empty() || !closed_;
}

void CommitQueue::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  waiting_ = Waiting::kNo;
  work_.NotifyAll();
}

size_t CommitQueue::records() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

}  // namespace redress
