// From what was counted in a phase to the figures of the report, and the budgets that they are held
// against.
#pragma once

#include <string>

#include "tests/perf/phase.h"
#include "tests/perf/raw_limits.h"
#include "tests/perf/report.h"

namespace redress::perf {

// Issue "tests/perf": received, assessed, clocks set, assigned, and a little room for what some
// complaints need more.
inline constexpr double kMostEventsPerComplaint = 4.2;
// Architecture §7, after coalescing.
inline constexpr double kMostKeyValuesPerEvent = 2;
inline constexpr double kMostKeyValuesPerEventIntake = 4;

// Rate, latencies, processor time, writes, events; fails the report where a budget is passed.
void ReportPhase(const Phase& phase, Report* report);

// What the phase wrote per complaint, for the limit of RocksDB.
WriteShapes ShapesOf(const Phase& phase);

}  // namespace redress::perf
