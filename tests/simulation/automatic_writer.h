// A service that never rests: as long as it lives it answers every event of one complaint with
// another one, through the actor of production: one event in flight, and none for a while after a
// person has lost. It puts the complaint back into its queue, which the router and most commands
// read. On the log of a process that lives, with a projection in memory.
#pragma once

#include <memory>

#include "libs/runtime/service.h"
#include "libs/simulation/simulated_executor.h"
#include "tests/simulation/bugs.h"

namespace redress::simulation {

class AutomaticWriter {
 public:
  // All outlive the writer, and `log` owns the units of the classifier. kNoHoldAfterLoss: it goes
  // on at once.
  AutomaticWriter(SimulatedScheduler* scheduler, EventLog* log, Clock* clock,
                  const StreamId& complaint, Bug bug);
  ~AutomaticWriter();

 private:
  struct Work;

  const std::unique_ptr<Work> work_;
  const std::unique_ptr<ProjectionStore> store_;
  SimulatedExecutor executor_;
  SeededRandom random_;
  std::unique_ptr<Service> service_;
};

}  // namespace redress::simulation
