// The log as one process calls it: every call is a crash site. A dead process appends nothing,
// reads nothing and hears nothing. Same thread and lifetime as the log that it wraps; `fate`
// outlives it.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "libs/event_log/forwarding_log.h"
#include "tests/simulation/sites.h"

namespace redress::simulation {

class SiteLog final : public ForwardingLog {
 public:
  // `on_append` sees what leaves; it may be empty.
  SiteLog(EventLog* inner, Fate* fate, std::function<void(const Record&)> on_append)
      : ForwardingLog(inner), fate_(fate), on_append_(std::move(on_append)) {}

  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override;
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind,
                                                 OwnershipChanged changed) override;

 private:
  Fate* const fate_;
  const std::function<void(const Record&)> on_append_;
};

}  // namespace redress::simulation
