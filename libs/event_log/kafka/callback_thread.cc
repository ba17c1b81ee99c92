#include "libs/event_log/kafka/callback_thread.h"

#include <utility>

namespace redress {

CallbackThread::~CallbackThread() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void CallbackThread::Post(absl::AnyInvocable<void()> task) {
  {
    MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.NotifyOne();
}

void CallbackThread::Run() {
  std::vector<absl::AnyInvocable<void()>> batch;
  while (true) {
    {
      MutexLock lock(mutex_);
      while (tasks_.empty() && !stopping_) changed_.Wait(lock);
      if (tasks_.empty()) return;
      batch.swap(tasks_);
    }
    for (auto& task : batch) task();
    batch.clear();
  }
}

}  // namespace redress
