// Puts records on a simulated log without any service: the policy that services wait for, and what adapters publish.
#pragma once

#include <functional>
#include <string>

#include "libs/event_log/simulated/simulated_log.h"

namespace redress::simulation {

// Publishes and activates a small policy, everywhere, from the beginning of time.
void PublishPolicy(SimulatedScheduler* scheduler, SimulatedLog* bus);

// Appends by an instance of its own until it is answered "appended", whatever faults the log has; then calls `done`.
void AppendDirectly(SimulatedLog* bus, TopicPartition to, std::string value, std::string key,
                    std::function<void()> done);

}  // namespace redress::simulation
