#include "libs/metrics/exposer.h"

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/metrics/process_metrics.h"
#include "prometheus/exposer.h"

namespace redress {

namespace {

class ExposerImpl final : public MetricsExposer {
 public:
  ExposerImpl(std::shared_ptr<prometheus::Collectable> metrics, const std::string& address)
      : metrics_(std::move(metrics)), exposer_(address) {
    exposer_.RegisterCollectable(metrics_);
    exposer_.RegisterCollectable(process_);
  }
  int port() const override {
    const std::vector<int> ports = exposer_.GetListeningPorts();
    return ports.empty() ? 0 : ports.front();
  }

 private:
  // The exposer keeps weak pointers only.
  const std::shared_ptr<prometheus::Collectable> metrics_;
  const std::shared_ptr<prometheus::Collectable> process_ = std::make_shared<ProcessMetrics>();
  prometheus::Exposer exposer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsExposer>> ServeMetrics(const Metrics& metrics,
                                                             const std::string& address) {
  try {
    return std::make_unique<ExposerImpl>(metrics.collectable(), address);
  } catch (const std::exception& refused) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address, ": ", refused.what()));
  }
}

}  // namespace redress
