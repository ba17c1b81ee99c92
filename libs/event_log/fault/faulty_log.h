// A log whose appends go wrong as a test says: it wraps any other and makes outcomes unknown. Test only.
//
// Thread-safe. Does not own the inner log; readers are those of the inner log.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"

namespace redress {

enum class AppendFault {
  kNone,
  kUnknownPersisted,  // appended, but the answer is lost
  kUnknownLost,       // never appended, and nobody knows
  kNotAppended,       // refused
};

class FaultyLog final : public EventLog {
 public:
  // Decides about each append; called under a lock, in the thread of the caller.
  using Plan = std::function<AppendFault(TopicPartition, const Record&)>;

  FaultyLog(EventLog* inner, Plan plan) : inner_(inner), plan_(std::move(plan)) {}

  LogId log_id() const override { return inner_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return inner_->PartitionCount(topic); }
  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override {
    return inner_->OpenReader(std::move(starts));
  }
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override {
    inner_->End(of, std::move(done));
  }
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind, OwnershipChanged changed) override {
    return inner_->Own(kind, std::move(changed));
  }

 private:
  EventLog* const inner_;
  Mutex mutex_;
  const Plan plan_;
};

}  // namespace redress
