// The small world of a simulation: a policy with short texts, three people of one team, and how
// they get on the log without any service. Also what adapters publish.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libs/event_log/simulated/simulated_log.h"
#include "libs/policy/compiled_policy.h"

namespace redress::simulation {

// People of the team, by number, and what each may carry.
inline constexpr int kAgents = 3;
inline constexpr uint32_t kCapacityUnits = 2;
EntityId AgentEntity(int number);
std::string AgentId(int number);
std::string TeamId();

// How long an agent may be away before somebody else goes on.
inline constexpr absl::Duration kAbsentAfter = absl::Seconds(8);

// Targets of the policy's clocks (small_suite.cc): an answer, then one level after the other.
const CompiledPolicy& SmallPolicy();

// Publishes and activates the policy, everywhere, from the beginning of time; defines the team and
// its people, who are all there. Before any fault; what it appends arrives within milliseconds.
void PublishSmallSuite(SimulatedScheduler* scheduler, SimulatedLog* bus);

// Appends by an instance of its own until it is answered "appended", whatever faults the log has;
// then calls `done`.
void AppendDirectly(SimulatedLog* bus, TopicPartition to, std::string value, std::string key,
                    std::function<void()> done);

}  // namespace redress::simulation
