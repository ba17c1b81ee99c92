// A log that is over, as somebody reads it who was not there: every partition in its own order, and
// all of them interleaved as a seed has it, topics as well. Nothing is owned, so nobody acts on it.
// Single-threaded; the log read outlives it and does not change meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "libs/event_log/forwarding_log.h"
#include "libs/event_log/simulated/simulated_log.h"

namespace redress::simulation {

class ReplayLog final : public ForwardingLog {
 public:
  // `instance`: of the log, for what is asked of it besides reading.
  ReplayLog(const SimulatedLog* bus, SimulatedInstance* instance, uint64_t seed)
      : ForwardingLog(instance), bus_(bus), seed_(seed) {}

  // Precondition: everything is read from its beginning.
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind,
                                                 OwnershipChanged changed) override;

 private:
  const SimulatedLog* const bus_;
  const uint64_t seed_;
};

}  // namespace redress::simulation
