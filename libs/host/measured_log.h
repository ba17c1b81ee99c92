// The log as one service uses it, measured: appends by outcome and their latency, dead letters by topic and reason,
// and a log line while appending fails. Everything else goes straight to the log underneath.
//
// Thread-safe as the log is; outlives the service, not the log. Call-backs that come later than the measurements'
// owner are the log's, as before.
#pragma once

#include <memory>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"
#include "libs/metrics/service_metrics.h"

namespace redress {

class MeasuredLog final : public EventLog {
 public:
  // `log` and `clock` outlive this; the handles of `metrics` are kept.
  MeasuredLog(EventLog* log, const Clock* clock, const ServiceMetrics& metrics);

  LogId log_id() const override { return log_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return log_->PartitionCount(topic); }
  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override {
    return log_->OpenReader(std::move(starts));
  }
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override {
    log_->End(of, std::move(done));
  }
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind, OwnershipChanged changed) override {
    return log_->Own(kind, std::move(changed));
  }

 private:
  // Kept alive by every append that is under way.
  struct Measures;

  EventLog* const log_;
  const Clock* const clock_;
  const std::shared_ptr<Measures> measures_;
};

}  // namespace redress
