// Counts what happens to complaints (`IntakeMetrics`). On the service's thread.
#pragma once

#include <cstdint>

#include "libs/metrics/domain_metrics.h"
#include "libs/projection/projection_store.h"
#include "services/intake/projection/intake_projection.h"

namespace redress::intake {

class EventCounter final : public IntakeObserver {
 public:
  explicit EventCounter(IntakeMetrics metrics) : metrics_(std::move(metrics)) {}

  // Complaints that are open in the stored rows: what later events add to and take from. `store` outlives the counter.
  absl::Status CountOpen(const ProjectionStore& store);
  // Totals are counted from now on: the instance no longer folds the past.
  void SetLive() { live_ = true; }

  void OnEvent(const JudgedRecord& record, const ComplaintRow& row) override;
  void OnScreened(event::v1::InboundScreened::Reason reason) override;
  void OnDuplicateItem() override;

 private:
  bool WasClosed(const ComplaintId& complaint) const;

  IntakeMetrics metrics_;
  const ProjectionStore* store_ = nullptr;
  bool live_ = false;
  int64_t open_ = 0;
};

}  // namespace redress::intake
