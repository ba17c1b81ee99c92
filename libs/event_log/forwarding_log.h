// A log that passes every call on to another one: what a log that differs from another in one thing
// begins with. Thread-safe as the inner log is, which it does not own.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "libs/event_log/event_log.h"

namespace redress {

class ForwardingLog : public EventLog {
 public:
  LogId log_id() const override { return inner_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return inner_->PartitionCount(topic); }
  void Append(TopicPartition to, Record record, AppendDone done) override {
    inner_->Append(to, std::move(record), std::move(done));
  }
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override {
    return inner_->OpenReader(std::move(starts));
  }
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override {
    inner_->End(of, std::move(done));
  }
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind,
                                                 OwnershipChanged changed) override {
    return inner_->Own(kind, std::move(changed));
  }

 protected:
  explicit ForwardingLog(EventLog* inner) : inner_(inner) {}

  EventLog* const inner_;
};

}  // namespace redress
