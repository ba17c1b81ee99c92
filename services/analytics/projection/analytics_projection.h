// What analytics makes of the log: one fact per complaint, keyed by row number so that writes are
// in order. Rows of its own: 'F' row number → ComplaintFact. On the service's thread.
#pragma once

#include <functional>

#include "absl/functional/function_ref.h"
#include "libs/directory/directory.h"
#include "libs/metrics/domain_metrics.h"
#include "libs/runtime/projection.h"
#include "services/analytics/facts/fact.h"

namespace redress::analytics {

class AnalyticsProjection final : public Projection {
 public:
  AnalyticsProjection(Directory* directory, AnalyticsMetrics metrics)
      : directory_(directory), metrics_(metrics) {}

  // Whether this instance counts an event: one of several does, and none counts the past.
  void SetCounts(std::function<bool()> counts) { counts_ = std::move(counts); }

  AspectSet kept() const override;
  absl::Status Start(const ProjectionStore& store) override { return directory_->Load(store); }
  absl::Status OnComplaint(const JudgedRecord& record, const ComplaintRow& row, Rows rows) override;
  absl::Status OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows rows) override;

 private:
  void Observe(const ComplaintFact& before, const ComplaintFact& after) const;

  Directory* const directory_;
  const AnalyticsMetrics metrics_;
  std::function<bool()> counts_ = [] { return false; };
};

// All facts of the last flush, in order of row number. DATA_LOSS when one does not decode.
absl::Status ForEachFact(const ProjectionStore& store,
                         absl::FunctionRef<void(const ComplaintFact&)> visit);

}  // namespace redress::analytics
