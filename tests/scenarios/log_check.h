// What a log says by itself, read from zero with nothing but Judge: the invariants that hold
// whatever the services made of it.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "libs/event_log/event_log.h"

namespace redress::scenarios {

struct LogCount {
  uint64_t effective = 0;
  uint64_t duplicate = 0;
  // Conflict, too old, unknown, malformed.
  uint64_t other_void = 0;
};

// Counts the verdicts of complaints and directory. FAILED_PRECONDITION: a request id is effective
// twice, or (with `twice`) a record lies in the log once only, or its second copy is judged
// anything but void, or anything but duplicate after an effective first one.
absl::StatusOr<LogCount> CheckLog(EventLog* log, bool twice);

}  // namespace redress::scenarios
