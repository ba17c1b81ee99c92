// Our own locks: std::mutex underneath, because ThreadSanitizer understands it (the packaged
// absl::Mutex is not annotated).
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/time/time.h"

namespace redress {

using Mutex = std::mutex;
using MutexLock = std::unique_lock<std::mutex>;

// Waits on a condition with a bound; spurious wake-ups are possible.
class Condition {
 public:
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }
  void Wait(MutexLock& lock) { condition_.wait(lock); }
  // False when the time ran out.
  bool WaitFor(MutexLock& lock, absl::Duration timeout) {
    return condition_.wait_for(lock, absl::ToChronoNanoseconds(timeout)) ==
           std::cv_status::no_timeout;
  }

 private:
  std::condition_variable condition_;
};

// Runs something once, however many threads ask; the others wait for it.
class Once {
 public:
  template <typename F>
  void Call(F&& f) {
    std::call_once(flag_, std::forward<F>(f));
  }

 private:
  std::once_flag flag_;
};

}  // namespace redress
