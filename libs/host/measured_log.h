// The log as one service uses it, measured: appends by outcome and their latency, dead letters by
// topic and reason, and a log line while appending fails. Everything else goes straight to the log
// underneath.
//
// Thread-safe as the log is; outlives the service, not the log. Call-backs that come later than the
// measurements' owner are the log's, as before.
#pragma once

#include <memory>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/event_log/forwarding_log.h"
#include "libs/metrics/service_metrics.h"

namespace redress {

class MeasuredLog final : public ForwardingLog {
 public:
  // `log` and `clock` outlive this; the handles of `metrics` are kept.
  MeasuredLog(EventLog* log, const Clock* clock, const ServiceMetrics& metrics);

  void Append(TopicPartition to, Record record, AppendDone done) override;

 private:
  // Kept alive by every append that is under way.
  struct Measures;

  const Clock* const clock_;
  const std::shared_ptr<Measures> measures_;
};

}  // namespace redress
