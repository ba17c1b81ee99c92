// A log whose appends go wrong as a test says: it wraps any other and makes outcomes unknown. Test
// only.
//
// Thread-safe. Does not own the inner log; readers are those of the inner log.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/event_log/forwarding_log.h"

namespace redress {

enum class AppendFault {
  kNone,
  kUnknownPersisted,  // appended, but the answer is lost
  kUnknownLost,       // never appended, and nobody knows
  kNotAppended,       // refused
};

class FaultyLog final : public ForwardingLog {
 public:
  // Decides about each append; called under a lock, in the thread of the caller.
  using Plan = std::function<AppendFault(TopicPartition, const Record&)>;

  FaultyLog(EventLog* inner, Plan plan) : ForwardingLog(inner), plan_(std::move(plan)) {}

  void Append(TopicPartition to, Record record, AppendDone done) override;

 private:
  Mutex mutex_;
  const Plan plan_;
};

}  // namespace redress
