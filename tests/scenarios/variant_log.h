// A log that is harder on the suite than the one it wraps: every record appended twice, readers that start earlier
// than asked; or one that can be read only. Test only.
//
// Thread-safe. Does not own the inner log.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"

namespace redress::scenarios {

struct LogVariant {
  // Each append writes its record twice; the answer is that of the first.
  bool twice = false;
  // Readers begin this many offsets before the place they ask for.
  int64_t earlier = 0;
  // Appends are refused and nobody owns anything: for those who only fold.
  bool read_only = false;
};

class VariantLog final : public EventLog {
 public:
  VariantLog(EventLog* inner, LogVariant variant);
  ~VariantLog() override;

  LogId log_id() const override { return inner_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return inner_->PartitionCount(topic); }
  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override {
    inner_->End(of, std::move(done));
  }
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind, OwnershipChanged changed) override;

  // Wakes all readers though nothing was appended (spurious calls are allowed): a clock that is moved by hand
  // wakes nobody.
  void Nudge();

 private:
  class Wakes;
  class Reader;

  EventLog* const inner_;
  const LogVariant variant_;
  const std::shared_ptr<Wakes> wakes_;
};

}  // namespace redress::scenarios
