#include "libs/event_log/embedded/commit_chain.h"

#include <algorithm>

namespace redress {

void CommitChain::Publish(std::shared_ptr<const CommittedBatch> batch) {
  // What falls off is freed after the lock is given back.
  std::vector<std::shared_ptr<const CommittedBatch>> dropped;
  MutexLock lock(mutex_);
  for (const CommittedRecord& record : batch->records) {
    Offset& end = ends_[record.partition];
    end = std::max(end, record.offset.Next());
  }
  bytes_ += batch->bytes;
  batches_.push_back(std::move(batch));
  // The newest one always stays, so that a reader that is caught up never falls off by one big
  // batch.
  while (bytes_ > max_bytes_ && batches_.size() > 1) {
    bytes_ -= batches_.front()->bytes;
    dropped.push_back(std::move(batches_.front()));
    batches_.pop_front();
    ++first_;
  }
  lock.unlock();
}

void CommitChain::SetOldest(int partition, Offset offset) {
  MutexLock lock(mutex_);
  oldest_[partition] = std::max(oldest_[partition], offset);
}

Offset CommitChain::End(int partition) const {
  MutexLock lock(mutex_);
  return ends_[partition];
}

Offset CommitChain::Oldest(int partition) const {
  MutexLock lock(mutex_);
  return oldest_[partition];
}

uint64_t CommitChain::Join(std::vector<Offset>* ends) const {
  MutexLock lock(mutex_);
  *ends = ends_;
  return first_ + batches_.size();
}

CommitChain::Followed CommitChain::Follow(
    uint64_t from, size_t max, std::vector<std::shared_ptr<const CommittedBatch>>* batches,
    std::atomic<bool>* armed) const {
  MutexLock lock(mutex_);
  if (from < first_) return Followed::kFellOff;
  const size_t skip = from - first_;
  if (skip >= batches_.size()) {
    armed->store(true);
    return Followed::kNewest;
  }
  const size_t count = std::min(max, batches_.size() - skip);
  batches->assign(batches_.begin() + skip, batches_.begin() + skip + count);
  return skip + count == batches_.size() ? Followed::kNewest : Followed::kMore;
}

size_t CommitChain::bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace redress
