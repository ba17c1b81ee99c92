// A log that is harder on the suite than the one it wraps: every record appended twice, readers
// that start earlier than asked, records on every topic that nobody can make sense of. Test only.
//
// Thread-safe. Does not own the inner log.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/event_log/forwarding_log.h"

namespace redress::scenarios {

struct LogVariant {
  // Each append writes its record twice; the answer is that of the first.
  bool twice = false;
  // Readers begin this many offsets before the place they ask for.
  int64_t earlier = 0;
  // Before each append one more poisonous record, kind after kind, on topic after topic.
  bool poisoned = false;
};

class VariantLog final : public ForwardingLog {
 public:
  VariantLog(EventLog* inner, LogVariant variant);
  ~VariantLog() override;

  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;

  // Wakes all readers though nothing was appended (spurious calls are allowed): a clock that is
  // moved by hand wakes nobody.
  void Nudge();

 private:
  class Wakes;
  class Reader;

  void Poison(TopicPartition to, const Record& record);

  const LogVariant variant_;
  std::atomic<uint32_t> poisons_ = 0;
  const std::shared_ptr<Wakes> wakes_;
};

}  // namespace redress::scenarios
