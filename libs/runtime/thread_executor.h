// An executor of one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/runtime/executor.h"

namespace redress {

class ThreadExecutor final : public Executor {
 public:
  // `name` is shown by the system's tools, at most 15 characters.
  explicit ThreadExecutor(std::string name);
  // Stops.
  ~ThreadExecutor() override;

  void Post(Task task) override;
  void PostAfter(absl::Duration delay, Task task) override;

  // Runs what was posted before, drops timers and all that comes later, ends the thread. Not from a
  // task.
  void Stop();

 private:
  void Run();

  const std::string name_;
  Mutex mutex_;
  Condition wake_;
  bool stopping_ = false;
  std::vector<Task> ready_;
  // By monotonic time, then order of posting.
  std::map<std::pair<int64_t, uint64_t>, Task> timers_;
  uint64_t sequence_ = 0;
  std::thread thread_;
};

}  // namespace redress
