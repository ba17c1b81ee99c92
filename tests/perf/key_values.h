// How many key-values (puts and deletions) a projection has written since it was made: RocksDB
// numbers them, and a secondary instance may look at that number while the service goes on. Costs
// the reading of one write-ahead log, so it is asked before and after a measurement, never during.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace redress::perf {

// Of the projection that <data_dir>/<service>/CURRENT names. `scratch`: a folder for the
// secondary's own files.
absl::StatusOr<uint64_t> KeyValuesWritten(const std::string& data_dir, const std::string& service,
                                          const std::string& scratch);

}  // namespace redress::perf
