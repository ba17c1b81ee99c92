#include "libs/runtime/thread_executor.h"

#include <pthread.h>

#include <chrono>

namespace redress {
namespace {

int64_t MonotonicNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

ThreadExecutor::ThreadExecutor(std::string name) : name_(name.substr(0, 15)) {
  thread_ = std::thread([this] { Run(); });
}

ThreadExecutor::~ThreadExecutor() { Stop(); }

void ThreadExecutor::Post(Task task) {
  MutexLock lock(mutex_);
  if (stopping_) return;
  ready_.push_back(std::move(task));
  if (ready_.size() == 1) wake_.NotifyOne();
}

void ThreadExecutor::PostAfter(absl::Duration delay, Task task) {
  MutexLock lock(mutex_);
  if (stopping_) return;
  const int64_t due = MonotonicNanos() + absl::ToInt64Nanoseconds(delay);
  const bool first = timers_.empty() || due < timers_.begin()->first.first;
  timers_.emplace(std::make_pair(due, sequence_++), std::move(task));
  if (first) wake_.NotifyOne();
}

void ThreadExecutor::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyOne();
  }
  if (thread_.joinable()) thread_.join();
}

void ThreadExecutor::Run() {
  pthread_setname_np(pthread_self(), name_.c_str());
  std::vector<Task> batch;
  MutexLock lock(mutex_);
  while (true) {
    const int64_t now = MonotonicNanos();
    batch.swap(ready_);
    while (!stopping_ && !timers_.empty() && timers_.begin()->first.first <= now) {
      batch.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    if (!batch.empty()) {
      lock.unlock();
      for (Task& task : batch) task();
      batch.clear();
      lock.lock();
      continue;
    }
    if (stopping_) return;
    if (timers_.empty()) {
      wake_.Wait(lock);
    } else {
      wake_.WaitFor(lock, absl::Nanoseconds(timers_.begin()->first.first - now));
    }
  }
}

}  // namespace redress
