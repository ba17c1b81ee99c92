#include "libs/host/measured_log.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/log.h"
#include "redress/event/v1/inbound.pb.h"
#include "redress/event/v1/record.pb.h"

namespace redress {
namespace {

// Between two lines that say the same.
constexpr absl::Duration kSilence = absl::Seconds(10);

struct Letter {
  std::string topic;
  std::string reason;
};

Letter LetterOf(const Record& record) {
  event::v1::Event event;
  event::v1::DeadLetter letter;
  if (!record.value || !event.ParseFromString(*record.value)) return {};
  if (!letter.ParseFromString(event.payload())) return {};
  return {letter.topic(), letter.reason()};
}

}  // namespace

struct MeasuredLog::Measures {
  explicit Measures(const ServiceMetrics& metrics)
      : service(metrics.service),
        seconds(metrics.append_seconds),
        appended(metrics.appends.With({"appended"})),
        not_appended(metrics.appends.With({"not_appended"})),
        unknown(metrics.appends.With({"unknown"})),
        dead_letters(metrics.dead_letters) {}

  void Ended(const AppendOutcome& outcome, absl::Time began, absl::Time now) {
    seconds.Observe(absl::ToDoubleSeconds(now - began));
    if (outcome.kind == AppendOutcome::Kind::kAppended) {
      appended.Increment();
      if (failing.load(std::memory_order_relaxed)) Healed();
      return;
    }
    (outcome.kind == AppendOutcome::Kind::kUnknown ? unknown : not_appended).Increment();
    // The caller's own fault, not the log's.
    if (outcome.status.code() == absl::StatusCode::kInvalidArgument) return;
    Failed(outcome, now);
  }

  void DeadLetter(const Letter& letter) {
    dead_letters.With({letter.topic, letter.reason}).Increment();
    Log(LogLevel::kWarning, service,
        "a record could not be decoded: the dead-letter topic points to it",
        {{"topic", letter.topic}, {"reason", letter.reason}});
  }

  void Failed(const AppendOutcome& outcome, absl::Time now) {
    {
      MutexLock lock(mutex);
      failing = true;
      if (now < next_line) return;
      next_line = now + kSilence;
    }
    Log(LogLevel::kError, service, "cannot append to the log",
        {{"outcome", outcome.kind == AppendOutcome::Kind::kUnknown ? "unknown" : "not appended"},
         {"error", outcome.status.ToString()}});
  }

  void Healed() {
    {
      MutexLock lock(mutex);
      if (!failing) return;
      failing = false;
      next_line = absl::InfinitePast();
    }
    Log(LogLevel::kInfo, service, "appending to the log works again");
  }

  const std::string service;
  const Histogram seconds;
  const Counter appended;
  const Counter not_appended;
  const Counter unknown;
  const CounterFamily dead_letters;
  std::atomic<bool> failing{false};
  Mutex mutex;
  absl::Time next_line = absl::InfinitePast();
};

MeasuredLog::MeasuredLog(EventLog* log, const Clock* clock, const ServiceMetrics& metrics)
    : ForwardingLog(log), clock_(clock), measures_(std::make_shared<Measures>(metrics)) {}

void MeasuredLog::Append(TopicPartition to, Record record, AppendDone done) {
  if (to.topic == Topic::kDeadLetter) {
    done = [measures = measures_, letter = LetterOf(record),
            done = std::move(done)](AppendOutcome outcome) mutable {
      if (outcome.kind == AppendOutcome::Kind::kAppended) measures->DeadLetter(letter);
      done(std::move(outcome));
    };
  }
  inner_->Append(to, std::move(record),
                 [measures = measures_, clock = clock_, began = clock_->Now(),
                  done = std::move(done)](AppendOutcome outcome) mutable {
                   measures->Ended(outcome, began, clock->Now());
                   done(std::move(outcome));
                 });
}

}  // namespace redress
