#include "tests/scenarios/variant_log.h"

#include <algorithm>
#include <utility>

#include "libs/base/status.h"

namespace redress::scenarios {

// The wake of each open reader. A wake is called under the lock, so that none comes after its reader is gone.
class VariantLog::Wakes {
 public:
  void Set(const void* reader, absl::AnyInvocable<void()> wake) {
    MutexLock lock(mutex_);
    wakes_[reader] = std::move(wake);
  }
  void Remove(const void* reader) {
    MutexLock lock(mutex_);
    wakes_.erase(reader);
  }
  void Call(const void* reader) {
    MutexLock lock(mutex_);
    const auto found = wakes_.find(reader);
    if (found != wakes_.end()) found->second();
  }
  void CallAll() {
    MutexLock lock(mutex_);
    for (auto& [reader, wake] : wakes_) wake();
  }

 private:
  Mutex mutex_;
  std::map<const void*, absl::AnyInvocable<void()>> wakes_;
};

class VariantLog::Reader final : public LogReader {
 public:
  Reader(std::unique_ptr<LogReader> inner, std::shared_ptr<Wakes> wakes)
      : inner_(std::move(inner)), wakes_(std::move(wakes)) {}
  ~Reader() override { wakes_->Remove(this); }

  absl::Status Poll(size_t max_records, ReadBatch* batch) override { return inner_->Poll(max_records, batch); }
  void SetWake(absl::AnyInvocable<void()> wake) override {
    wakes_->Set(this, std::move(wake));
    inner_->SetWake([wakes = wakes_, self = static_cast<const void*>(this)] { wakes->Call(self); });
  }

 private:
  const std::unique_ptr<LogReader> inner_;
  const std::shared_ptr<Wakes> wakes_;
};

VariantLog::VariantLog(EventLog* inner, LogVariant variant)
    : ForwardingLog(inner), variant_(variant), wakes_(std::make_shared<Wakes>()) {}

VariantLog::~VariantLog() = default;

void VariantLog::Append(TopicPartition to, Record record, AppendDone done) {
  if (!variant_.twice) return inner_->Append(to, std::move(record), std::move(done));
  Record copy = record;
  inner_->Append(to, std::move(record), std::move(done));
  inner_->Append(to, std::move(copy), [](const AppendOutcome&) {});
}

absl::StatusOr<std::unique_ptr<LogReader>> VariantLog::OpenReader(std::vector<ReadFrom> starts) {
  for (ReadFrom& start : starts) start.from = Offset(std::max<int64_t>(0, start.from.value() - variant_.earlier));
  REDRESS_ASSIGN_OR_RETURN(auto reader, inner_->OpenReader(std::move(starts)));
  return std::make_unique<Reader>(std::move(reader), wakes_);
}

void VariantLog::Nudge() { wakes_->CallAll(); }

}  // namespace redress::scenarios
