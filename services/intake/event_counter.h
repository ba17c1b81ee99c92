// Counts what happens to complaints (`IntakeMetrics`). On the service's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "libs/metrics/domain_metrics.h"
#include "libs/projection/projection_store.h"
#include "services/intake/projection/intake_projection.h"

namespace redress::intake {

class EventCounter final : public IntakeObserver {
 public:
  explicit EventCounter(IntakeMetrics metrics) : metrics_(std::move(metrics)) {}

  // Complaints that are open in the stored rows: what later events add to and take from. `store`
  // outlives the counter.
  absl::Status CountOpen(const ProjectionStore& store);
  // Whether this instance counts what happens in a partition now: one of several does, and none
  // counts the past.
  using Counts = std::function<bool(OwnershipKind kind, Partition partition)>;
  void SetCounts(Counts counts) { counts_ = std::move(counts); }

  void OnEvent(const JudgedRecord& record, const ComplaintRow& row) override;
  void OnScreened(Partition inbound, event::v1::InboundScreened::Reason reason) override;
  void OnDuplicateItem(Partition inbound) override;
  // Shows the open complaints of the partitions that this instance acts for.
  void PublishOpen();

 private:
  bool WasClosed(const ComplaintId& complaint) const;

  IntakeMetrics metrics_;
  const ProjectionStore* store_ = nullptr;
  Counts counts_ = [](OwnershipKind, Partition) { return false; };
  // By the partition of the complaint.
  std::map<Partition, int64_t> open_;
};

}  // namespace redress::intake
