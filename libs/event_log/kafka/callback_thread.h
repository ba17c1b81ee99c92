// The thread on which the Kafka adapter calls its users back, where librdkafka has none that is fit
// for it: wake-ups of readers (librdkafka calls with its queue locked), answers of `End`, appends
// that fail before they are sent. Thread-safe. Tasks run one after another, in order.
#pragma once

#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "libs/base/mutex.h"

namespace redress {

class CallbackThread {
 public:
  CallbackThread() : thread_([this] { Run(); }) {}
  // Runs everything that was posted, then ends.
  ~CallbackThread();
  void Post(absl::AnyInvocable<void()> task);

 private:
  void Run();

  Mutex mutex_;
  Condition changed_;
  std::vector<absl::AnyInvocable<void()>> tasks_;  // guarded by mutex_
  bool stopping_ = false;                          // guarded by mutex_
  std::thread thread_;
};

}  // namespace redress
