// A log that can be read and nothing else, for those who only fold: rebuilds and checks. Appends are refused, and nobody
// owns anything, so no work is done on what is folded. Thread-safe; does not own the inner log.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "libs/event_log/event_log.h"

namespace redress {

class ReadOnlyLog final : public EventLog {
 public:
  explicit ReadOnlyLog(EventLog* inner) : inner_(inner) {}

  LogId log_id() const override { return inner_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return inner_->PartitionCount(topic); }
  void Append(TopicPartition, Record, AppendDone done) override {
    done({AppendOutcome::Kind::kNotAppended, Offset(), absl::FailedPreconditionError("this log is only read")});
  }
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override {
    return inner_->OpenReader(std::move(starts));
  }
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override {
    inner_->End(of, std::move(done));
  }
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind, OwnershipChanged) override {
    return std::make_unique<OwnsNothing>();
  }

 private:
  class OwnsNothing final : public Ownership {};

  EventLog* const inner_;
};

}  // namespace redress
