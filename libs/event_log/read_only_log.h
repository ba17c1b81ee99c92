// A log that can be read and nothing else, for those who only fold: rebuilds and checks. Appends
// are refused, and nobody owns anything, so no work is done on what is folded.
#pragma once

#include <memory>
#include <utility>

#include "libs/event_log/forwarding_log.h"

namespace redress {

class ReadOnlyLog final : public ForwardingLog {
 public:
  explicit ReadOnlyLog(EventLog* inner) : ForwardingLog(inner) {}

  void Append(TopicPartition to, Record, AppendDone done) override {
    // The inner log's `End` brings the answer on a log thread, never inside this call.
    inner_->End(to, [done = std::move(done)](const absl::StatusOr<Offset>&) mutable {
      done({AppendOutcome::Kind::kNotAppended, Offset(),
            absl::FailedPreconditionError("this log is only read")});
    });
  }
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind, OwnershipChanged) override {
    return std::make_unique<OwnsNothing>();
  }

 private:
  class OwnsNothing final : public Ownership {};
};

}  // namespace redress
