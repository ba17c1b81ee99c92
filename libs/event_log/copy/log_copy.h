// Copies a whole log into another one of the same identity, e.g. from one machine's folder to
// Kafka: every record to the same partition and offset, so that projections folded from the one go
// on with the other. Blocks; the caller's thread.
//
// What is there already is not copied again, so a copy that was stopped, or whose connection broke,
// is taken up by calling it again. While it runs nobody else may append to either log.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/event_log/event_log.h"

namespace redress {

// Records, genesis included.
struct LogCopyCounts {
  uint64_t total = 0;
  // In the target already when the copy began.
  uint64_t present = 0;
  uint64_t copied = 0;
};

struct LogCopyOptions {
  // Appends under way at most.
  size_t window = 2000;
  // Called now and then, and at the end.
  std::function<void(const LogCopyCounts&)> progress;
  // Set by others to stop early; may be null.
  const std::atomic<bool>* stop = nullptr;
};

// Neither log is owned. FAILED_PRECONDITION: the logs are not of one identity or shape, the target
// holds something else or more than the source, or offsets of the source are missing (a trimmed
// topic), so that they cannot be kept; CANCELLED: stopped; UNAVAILABLE and RESOURCE_EXHAUSTED: an
// append had no answer or no room, call again.
absl::StatusOr<LogCopyCounts> CopyLog(EventLog* from, EventLog* to, const LogCopyOptions& options);

}  // namespace redress
