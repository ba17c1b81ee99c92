// The port `Executor`: where step machines run. Everything posted to one executor runs one after
// the other, so a service needs no locks of its own. Adapters: thread_executor.h (one thread), the
// simulation's scheduler.
#pragma once

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace redress {

class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;
  virtual ~Executor() = default;
  // Runs the task soon, after those posted before it. Thread-safe. Tasks posted after a stop are
  // dropped.
  virtual void Post(Task task) = 0;
  // Runs the task once, not before `delay` has passed. Thread-safe.
  virtual void PostAfter(absl::Duration delay, Task task) = 0;
};

}  // namespace redress
