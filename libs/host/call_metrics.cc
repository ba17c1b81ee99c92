#include "libs/host/call_metrics.h"

#include <optional>

namespace redress {
namespace {

constexpr size_t kCodes = 17;

// The histogram's buckets are those of ServiceMetrics: a name has one set of them.
HistogramFamily Seconds(Metrics& metrics) {
  return metrics.AddHistogram("redress_command_seconds", "command to answer", CallSeconds(),
                              {"service", "method"});
}

}  // namespace

struct CallMetrics::Method {
  std::string service;
  std::string name;
  // A stream lasts as long as its reader likes: no latency.
  std::optional<Histogram> seconds;
  Mutex mutex;
  std::array<std::optional<Counter>, kCodes> by_code;
};

CallMetrics::CallMetrics(Metrics& metrics)
    : commands_(metrics.AddCounter("redress_commands_total", "commands answered",
                                   {"service", "method", "code"})),
      seconds_(Seconds(metrics)),
      refusals_(metrics.AddCounter("redress_refusals_total", "commands the domain refused",
                                   {"service", "method", "reason"})) {}

CallMetrics::~CallMetrics() = default;

void CallMetrics::Add(std::string_view service, const RpcService& rpc) {
  for (const auto& method : rpc.methods()) {
    auto measured = std::make_unique<Method>();
    measured->service = std::string(service);
    measured->name = method->path.substr(method->path.rfind('/') + 1);
    if (method->stream == nullptr)
      measured->seconds = seconds_.With({measured->service, measured->name});
    methods_[method->path] = std::move(measured);
  }
}

void CallMetrics::OnEnd(const CallEnd& end) {
  const auto found = methods_.find(std::string(end.path));
  if (found == methods_.end()) return;
  Method& method = *found->second;
  if (method.seconds) method.seconds->Observe(absl::ToDoubleSeconds(end.took));
  const size_t code = static_cast<size_t>(end.code);
  if (code >= kCodes) return;
  {
    MutexLock lock(method.mutex);
    auto& counter = method.by_code[code];
    if (!counter) {
      const std::string name = code == 0 ? "OK" : absl::StatusCodeToString(end.code);
      counter = commands_.With({method.service, method.name, name});
    }
    counter->Increment();
  }
  if (end.code == absl::StatusCode::kFailedPrecondition) {
    refusals_.With({method.service, method.name, end.reason.empty() ? "OTHER" : end.reason})
        .Increment();
  }
}

}  // namespace redress
