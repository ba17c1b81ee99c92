// The log as an older release sees it: events of one type carry a number that it does not know. The header,
// all that a verdict looks at, is the same. Same thread and lifetime as the log that it wraps.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "libs/event_log/event_log.h"

namespace redress::simulation {

// No release has types up there: what an older one does not know is shown to it as one of them.
inline constexpr uint32_t kBeyondAllTypes = 90'000;

class OlderRelease final : public EventLog {
 public:
  OlderRelease(EventLog* inner, uint32_t unknown_type) : inner_(inner), unknown_type_(unknown_type) {}

  LogId log_id() const override { return inner_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return inner_->PartitionCount(topic); }
  void Append(TopicPartition to, Record record, AppendDone done) override {
    inner_->Append(to, std::move(record), std::move(done));
  }
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override {
    inner_->End(of, std::move(done));
  }
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind, OwnershipChanged changed) override {
    return inner_->Own(kind, std::move(changed));
  }

 private:
  EventLog* const inner_;
  const uint32_t unknown_type_;
};

}  // namespace redress::simulation
