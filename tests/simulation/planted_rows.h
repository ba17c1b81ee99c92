// Bugs planted below a projection: how rows are written, and which request ids are remembered.
#pragma once

#include <memory>

#include "libs/projection/projection_store.h"
#include "libs/runtime/command_path.h"
#include "tests/simulation/bugs.h"

namespace redress::simulation {

// The store of a service (by index) itself, or one that writes positions apart
// (kPositionsOutsideBatch) or drops timers (kTimerInMemory).
std::unique_ptr<ProjectionStore> WithPlantedRows(std::unique_ptr<ProjectionStore> store,
                                                 int service, Bug bug);
// Knows no older request id (kNoOlderRequests).
std::unique_ptr<ClosedRequestIndex> NewForgetfulIndex();

}  // namespace redress::simulation
