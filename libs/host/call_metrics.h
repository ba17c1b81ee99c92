// Counts ended calls: redress_commands_total and redress_command_seconds by service and method, and
// redress_refusals_total by reason. Given to the server as its observer.
//
// Methods are added before the server starts; `OnEnd` is thread-safe.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libs/base/mutex.h"
#include "libs/metrics/metrics.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/service.h"

namespace redress {

class CallMetrics {
 public:
  // Outlives this.
  explicit CallMetrics(Metrics& metrics);
  ~CallMetrics();

  // The calls of `rpc` are those of `service` ("intake").
  void Add(std::string_view service, const RpcService& rpc);
  // Calls of methods that were not added (health) are not counted.
  void OnEnd(const CallEnd& end);

 private:
  struct Method;

  const CounterFamily commands_;
  const HistogramFamily seconds_;
  const CounterFamily refusals_;
  // By path; the keys live in the values.
  std::unordered_map<std::string, std::unique_ptr<Method>> methods_;
};

}  // namespace redress
