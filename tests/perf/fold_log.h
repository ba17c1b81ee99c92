// The log that the rebuilds read: the suite itself writes it, from demo complaints.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "libs/event_log/event_log.h"
#include "tests/perf/generator.h"

namespace redress::perf {

// Runs the suite in `folder` until `complaints` are routed, and stops it; the log is
// <folder>/data/log.
absl::Status MakeLog(const std::string& source, const std::string& folder, uint64_t complaints,
                     Generator& generator);

// Calls `visit` with every record of the topic, partition by partition.
absl::Status ReadTopic(EventLog& log, Topic topic,
                       const std::function<void(const RecordView&)>& visit);

}  // namespace redress::perf
