// What belongs to one simulated process and must survive in scheduled call-backs after the process
// is gone. Internal to the simulated log.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "libs/event_log/event_log.h"

namespace redress {

struct SimulatedWake {
  bool armed = false;
  absl::AnyInvocable<void()> wake;
  // By partition of the table: its reader reads it.
  std::vector<bool> reads;
  void Ring() {
    if (std::exchange(armed, false) && wake) wake();
  }
};

struct InstanceState {
  std::string name;
  // Crashed or closed: nothing is called any more.
  bool dead = false;
  bool crashed = false;
  bool paused = false;
  std::vector<absl::AnyInvocable<void()>> held;

  // By partition of the table: what this process can see, and when its last append arrives.
  std::vector<Offset> visible;
  std::vector<absl::Time> last_arrival;
  std::map<uint64_t, AppendDone> open;
  uint64_t next_append = 0;
  std::vector<std::weak_ptr<SimulatedWake>> wakes;

  std::array<std::vector<Partition>, kOwnershipKindCount> owned;
  std::array<std::vector<std::weak_ptr<OwnershipChanged>>, kOwnershipKindCount> owners;

  // Runs `call` if the process lives, now or after its pause.
  template <typename Call>
  void Run(Call call) {
    if (dead) return;
    if (paused) {
      held.push_back(std::move(call));
    } else {
      call();
    }
  }
  // Wakes the readers of a partition.
  void Ring(int partition) {
    // By index: a wake-up may open a reader.
    for (size_t i = 0; i < wakes.size(); ++i) {
      const auto wake = wakes[i].lock();
      if (wake != nullptr && wake->reads[partition]) wake->Ring();
    }
    std::erase_if(wakes, [](const auto& wake) { return wake.expired(); });
  }
};

}  // namespace redress
