// The log as one process calls it: every call is a crash site. A dead process appends nothing, reads nothing and hears
// nothing. Same thread and lifetime as the log that it wraps; `fate` outlives it.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "libs/event_log/event_log.h"
#include "tests/simulation/sites.h"

namespace redress::simulation {

class SiteLog final : public EventLog {
 public:
  // `on_append` sees what leaves; it may be empty.
  SiteLog(EventLog* inner, Fate* fate, std::function<void(const Record&)> on_append)
      : inner_(inner), fate_(fate), on_append_(std::move(on_append)) {}

  LogId log_id() const override { return inner_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return inner_->PartitionCount(topic); }
  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override;
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind, OwnershipChanged changed) override;

 private:
  EventLog* const inner_;
  Fate* const fate_;
  const std::function<void(const Record&)> on_append_;
};

}  // namespace redress::simulation
