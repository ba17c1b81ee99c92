#include "tests/scenarios/variant_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "redress/event/v1/record.pb.h"

namespace redress::scenarios {
namespace {

constexpr Topic kTopics[] = {Topic::kComplaints, Topic::kInbound, Topic::kDirectory,
                             Topic::kDeadLetter, Topic::kAudit,   Topic::kKeys};

// What nobody can make sense of. `like`: a record that somebody can, number `n` of all.
std::optional<std::string> PoisonLike(const Record& like, uint32_t n) {
  event::v1::Event event;
  const bool parsed = event.ParseFromString(like.value.value_or(""));
  switch (n % 5) {
    case 0:
      return "\xff\xff\xff\x01\x17";
    case 1:
      return "";
    case 2:
      return std::nullopt;
    case 3:
      event.mutable_header()->set_event_id("short");
      return event.SerializeAsString();
    default: {
      // A true header, of a stream that nobody opened, over a payload that is none of its type's.
      if (!parsed) return std::string(2000, '\x08');
      const auto digest = Sha256(absl::StrCat("poison ", n));
      const std::string fresh(digest.begin(), digest.begin() + 16);
      event.mutable_header()->set_event_id(fresh);
      event.mutable_header()->set_stream_id(fresh);
      event.mutable_header()->set_request_id(fresh);
      event.mutable_header()->set_opens(false);
      event.set_payload("\x0f");
      return event.SerializeAsString();
    }
  }
}

}  // namespace

// The wake of each open reader. A wake is called under the lock, so that none comes after its
// reader is gone.
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

  absl::Status Poll(size_t max_records, ReadBatch* batch) override {
    return inner_->Poll(max_records, batch);
  }
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

void VariantLog::Poison(TopicPartition to, const Record& record) {
  const uint32_t n = poisons_++;
  const Topic topic = kTopics[n % std::size(kTopics)];
  // Where the record goes when it is the same topic: before it on its own stream's partition.
  const TopicPartition where{topic, topic == to.topic ? to.partition : Partition(0)};
  Record poison = record;
  poison.value = PoisonLike(record, n / std::size(kTopics));
  inner_->Append(where, std::move(poison), [](const AppendOutcome&) {});
}

void VariantLog::Append(TopicPartition to, Record record, AppendDone done) {
  if (variant_.poisoned) Poison(to, record);
  if (!variant_.twice) return inner_->Append(to, std::move(record), std::move(done));
  Record copy = record;
  inner_->Append(to, std::move(record), std::move(done));
  inner_->Append(to, std::move(copy), [](const AppendOutcome&) {});
}

absl::StatusOr<std::unique_ptr<LogReader>> VariantLog::OpenReader(std::vector<ReadFrom> starts) {
  for (ReadFrom& start : starts)
    start.from = Offset(std::max<int64_t>(0, start.from.value() - variant_.earlier));
  REDRESS_ASSIGN_OR_RETURN(auto reader, inner_->OpenReader(std::move(starts)));
  return std::make_unique<Reader>(std::move(reader), wakes_);
}

void VariantLog::Nudge() { wakes_->CallAll(); }

}  // namespace redress::scenarios
