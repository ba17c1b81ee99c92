// From the runtime's counters to the metrics that Prometheus scrapes, once a second. On the
// service's executor.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/log.h"
#include "libs/metrics/service_metrics.h"
#include "libs/projection/projection_store.h"
#include "libs/runtime/service.h"

namespace redress {

class MetricsExport {
 public:
  explicit MetricsExport(ServiceMetrics metrics) : metrics_(std::move(metrics)) {}

  // Sets gauges and adds what was counted since the last call. `ends` are the known ends of the
  // partitions.
  void Export(Service& service, const ProjectionStore& store,
              const std::map<TopicPartition, Offset>& ends, absl::Time now, bool ready);

 private:
  void Add(const Counter& counter, const std::string& key, uint64_t total);
  // A warning whenever a number that should be 0 has grown.
  void Tell(const std::string& key, uint64_t now, std::string_view message, LogFields fields);
  void AddFlushes(const RuntimeCounters& counters);
  void AddLatency(const Histogram& histogram, const std::string& key,
                  const LatencyCounter& counter);

  const ServiceMetrics metrics_;
  std::map<std::string, uint64_t> seen_;
};

}  // namespace redress
