// How fast a service makes its projection anew from a log, and how fast the parts of that are
// alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/host/process.h"

namespace redress::perf {

struct Rebuilt {
  double seconds = 0;
  // Of the service's own thread, and of all threads of the process (RocksDB's background too).
  double service_cpu_seconds = 0;
  double process_cpu_seconds = 0;
  uint64_t key_values = 0;
  uint64_t log_bytes = 0;
  uint64_t flushes = 0;
};

// Starts the module on an empty folder and waits until it has folded the whole log. No other module
// runs.
absl::StatusOr<Rebuilt> Rebuild(const ModuleFactory& factory, EmbeddedLog& log,
                                const std::string& folder);

// Events per second of decoding, judging and folding alone: all aspects of all complaints in one
// map in memory. On the calling thread. `records`: values of the complaint topic, in order per
// complaint.
double RawModel(const std::vector<std::string>& records);

}  // namespace redress::perf
