// The HTTP end point that Prometheus scrapes: GET /metrics of one `Metrics`, and of the process
// itself (resident memory, CPU, open files, start time) under the names every Prometheus client
// uses.
//
// Threads: two of its own. Ownership: must be destroyed before the `Metrics`.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/metrics/metrics.h"

namespace redress {

class MetricsExposer {
 public:
  virtual ~MetricsExposer() = default;
  // The port that is really bound.
  virtual int port() const = 0;
};

// Serves on `address` ("127.0.0.1:9464"; port 0: any free one). UNAVAILABLE when it cannot be
// bound.
absl::StatusOr<std::unique_ptr<MetricsExposer>> ServeMetrics(const Metrics& metrics,
                                                             const std::string& address);

}  // namespace redress
