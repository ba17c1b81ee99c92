// An executor over the simulation's scheduler: the thread of one simulated process. It can die
// (nothing runs any more), stand still (what was due runs at `Resume`) and be slow.
// Single-threaded, like all of the simulation.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "libs/event_log/simulated/scheduler.h"
#include "libs/runtime/executor.h"

namespace redress {

class SimulatedExecutor final : public Executor {
 public:
  // Tasks run up to `max_delay` after they are due, drawn from the scheduler's seed.
  explicit SimulatedExecutor(SimulatedScheduler* scheduler,
                             absl::Duration max_delay = absl::ZeroDuration())
      : scheduler_(scheduler), max_delay_(max_delay), state_(std::make_shared<State>()) {}
  ~SimulatedExecutor() override { Crash(); }

  void Post(Task task) override { PostAfter(absl::ZeroDuration(), std::move(task)); }

  void PostAfter(absl::Duration delay, Task task) override {
    // In the order of posting, as on a thread: a later task never runs before an earlier one due at
    // the same time.
    absl::Time at =
        scheduler_->now() + delay + scheduler_->Between(absl::ZeroDuration(), max_delay_);
    if (delay == absl::ZeroDuration()) {
      at = std::max(at, state_->last_post);
      state_->last_post = at;
    }
    scheduler_->At(
        at, [state = state_, task = std::move(task)]() mutable { Run(state, std::move(task)); });
  }

  // Nothing runs any more.
  void Crash() {
    state_->dead = true;
    state_->held.clear();
  }
  void Pause() { state_->paused = true; }
  void Resume() {
    state_->paused = false;
    std::vector<Task> held;
    held.swap(state_->held);
    for (Task& task : held) Post(std::move(task));
  }

 private:
  struct State {
    bool dead = false;
    bool paused = false;
    absl::Time last_post = absl::InfinitePast();
    std::vector<Task> held;
  };

  static void Run(const std::shared_ptr<State>& state, Task task) {
    if (state->dead) return;
    if (state->paused) {
      state->held.push_back(std::move(task));
      return;
    }
    task();
  }

  SimulatedScheduler* const scheduler_;
  const absl::Duration max_delay_;
  const std::shared_ptr<State> state_;
};

}  // namespace redress
