#include "libs/event_log/fault/faulty_log.h"

namespace redress {

void FaultyLog::Append(TopicPartition to, Record record, AppendDone done) {
  AppendFault fault;
  {
    MutexLock lock(mutex_);
    fault = plan_(to, record);
  }
  const auto answer = [](AppendOutcome::Kind kind, const char* why) {
    return AppendOutcome{kind, Offset(), absl::UnavailableError(why)};
  };
  switch (fault) {
    case AppendFault::kNone:
      inner_->Append(to, std::move(record), std::move(done));
      return;
    case AppendFault::kUnknownPersisted:
      inner_->Append(to, std::move(record),
                     [answer, done = std::move(done)](AppendOutcome) mutable {
                       done(answer(AppendOutcome::Kind::kUnknown, "injected: the answer was lost"));
                     });
      return;
    // The inner log's `End` brings the answer on a log thread, never inside this call.
    case AppendFault::kUnknownLost:
      inner_->End(to, [answer, done = std::move(done)](absl::StatusOr<Offset>) mutable {
        done(answer(AppendOutcome::Kind::kUnknown, "injected: the append was lost"));
      });
      return;
    case AppendFault::kNotAppended:
      inner_->End(to, [answer, done = std::move(done)](absl::StatusOr<Offset>) mutable {
        done(answer(AppendOutcome::Kind::kNotAppended, "injected: refused"));
      });
      return;
  }
}

}  // namespace redress
