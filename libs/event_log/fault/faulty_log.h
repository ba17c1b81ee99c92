// A log whose appends go wrong as a test says: it wraps any other and makes outcomes unknown. Test
// only.
//
// Thread-safe. Readers are those of the inner log.
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

// The same, owning the log that it wraps.
template <typename Log>
class OwningFaultyLog final : public ForwardingLog {
 public:
  OwningFaultyLog(std::unique_ptr<Log> inner, FaultyLog::Plan plan)
      : ForwardingLog(&faulty_), owned_(std::move(inner)), faulty_(owned_.get(), std::move(plan)) {}
  Log& owned() { return *owned_; }

 private:
  const std::unique_ptr<Log> owned_;
  FaultyLog faulty_;
};

}  // namespace redress
