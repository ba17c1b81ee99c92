// What the engines underneath could do at most on this machine, in this run: the same bytes in the
// same batches, and nothing else. The suite is stopped meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "tests/perf/generator.h"

namespace redress::perf {

// What one service, or the log, wrote for one complaint, on the mean.
struct WriteShape {
  double rows = 0;
  double bytes = 0;
  // Rows of one batch.
  double rows_per_batch = 0;
};

struct WriteShapes {
  std::map<std::string, WriteShape> services;
  // Records; each batch is synced.
  WriteShape log;
};

// Complaints per second when `complaints` times these rows are written, as fast as it goes: each
// service's by a thread of its own into a projection store, the log's by one into a log storage,
// all opened as the suite opens them (same options, write-ahead log on, synced for the log only).
// Keys rise, but one of each complaint and service is random (the head row). Empties `folder`.
absl::StatusOr<double> RawRocksDbLimit(const WriteShapes& shapes, uint64_t complaints,
                                       const std::string& folder);

// Calls per second of an empty echo with the same sizes, the same server set-up and the same
// client, as in `load`.
absl::StatusOr<double> RawGrpcLimit(Generator& generator, Load load);

}  // namespace redress::perf
