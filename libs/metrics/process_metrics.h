// What Prometheus clients say of their process: process_resident_memory_bytes,
// process_cpu_seconds_total, process_open_fds, process_start_time_seconds. Read from /proc at every
// scrape; what cannot be read is left out. Thread-safe.
#pragma once

#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace redress {

class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace redress
