// Blocking calls on a log, for tests. Test only.
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"

namespace redress {

inline Record TextRecord(std::string value, std::string key = "key") {
  Record record;
  record.key = std::move(key);
  record.value = std::move(value);
  record.timestamp_ms = 1'700'000'000'000;
  return record;
}

// Collects the outcomes of a number of appends.
class Outcomes {
 public:
  AppendDone Next() {
    MutexLock lock(mutex_);
    const size_t index = outcomes_.size();
    outcomes_.emplace_back();
    return [this, index](AppendOutcome outcome) {
      MutexLock done(mutex_);
      outcomes_[index] = std::move(outcome);
      ++answered_;
      changed_.NotifyAll();
    };
  }
  // Waits until all are answered; in the order of `Next`.
  std::vector<AppendOutcome> Wait() {
    MutexLock lock(mutex_);
    while (answered_ < outcomes_.size()) {
      if (!changed_.WaitFor(lock, absl::Seconds(60))) {
        ADD_FAILURE() << "an append was never answered";
        break;
      }
    }
    return outcomes_;
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::vector<AppendOutcome> outcomes_;
  size_t answered_ = 0;
};

inline AppendOutcome AppendAndWait(EventLog& log, TopicPartition to, Record record) {
  Outcomes outcomes;
  log.Append(to, std::move(record), outcomes.Next());
  return outcomes.Wait()[0];
}

// A reader with a wake-up that can be waited for.
class WaitingReader {
 public:
  WaitingReader(EventLog& log, std::vector<ReadFrom> starts)
      : reader_(*log.OpenReader(std::move(starts))) {
    reader_->SetWake([this] {
      MutexLock lock(mutex_);
      woken_ = true;
      changed_.NotifyAll();
    });
  }
  // The next batch with records; an error ends the wait. Empty when none came in time.
  absl::Status Next(size_t max_records, ReadBatch* batch,
                    absl::Duration patience = absl::Seconds(60)) {
    while (true) {
      const absl::Status status = reader_->Poll(max_records, batch);
      if (!status.ok() || !batch->records.empty()) return status;
      MutexLock lock(mutex_);
      if (!woken_ && !changed_.WaitFor(lock, patience)) return absl::OkStatus();
      woken_ = false;
    }
  }
  LogReader& reader() { return *reader_; }

 private:
  Mutex mutex_;
  Condition changed_;
  bool woken_ = false;
  std::unique_ptr<LogReader> reader_;
};

// Values of a partition from the beginning, as far as they are there now.
inline std::vector<std::string> ReadValues(EventLog& log, TopicPartition source) {
  std::vector<std::string> values;
  auto reader = *log.OpenReader({{source, Offset(0)}});
  ReadBatch batch;
  while (true) {
    const absl::Status status = reader->Poll(1000, &batch);
    EXPECT_TRUE(status.ok()) << status;
    for (const RecordView& view : batch.records) values.emplace_back(view.value.value_or(""));
    if (!status.ok() || (batch.records.empty() && batch.ends.empty()) || !batch.ends.empty())
      return values;
  }
}

}  // namespace redress
