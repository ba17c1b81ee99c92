// What the tests of the Kafka adapter share: a log of its own on the broker of the binary, and
// blocking calls. Include in tests only. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/random.h"
#include "libs/event_log/kafka/kafka_log.h"
#include "libs/event_log/kafka_testing/test_broker.h"

namespace redress {

// Options of a log that nothing else on the broker shares.
inline KafkaOptions KafkaTestOptions(const TestBroker& broker) {
  static int logs = 0;
  KafkaOptions options;
  options.bootstrap_servers = broker.bootstrap_servers();
  options.id_secret = "the secret of a test";
  options.topic_prefix = absl::StrCat("t", ++logs, ".");
  options.create_topics = true;
  options.partitions = {4, 2, 1, 1, 1, 1};
  options.session_timeout = absl::Seconds(2);
  options.doubt = absl::Seconds(1);
  return options;
}

inline absl::StatusOr<std::unique_ptr<KafkaLog>> OpenKafka(const KafkaOptions& options) {
  static SystemClock clock;
  static SystemRandom random;
  return KafkaLog::Open(options, clock, random);
}

// Results that call-backs bring, and waiting for them with a bound.
template <typename T>
class Mailbox {
 public:
  void Put(T value) {
    MutexLock lock(mutex_);
    values_.push_back(std::move(value));
    changed_.NotifyAll();
  }
  // The values so far, as soon as `enough` says so; fails the test when it does not in time.
  std::vector<T> Await(const std::function<bool(const std::vector<T>&)>& enough,
                       absl::Duration timeout = absl::Seconds(40)) {
    const KafkaDeadline deadline(timeout);
    MutexLock lock(mutex_);
    while (!enough(values_)) {
      if (deadline.Passed()) {
        ADD_FAILURE() << "nothing came in time";
        break;
      }
      changed_.WaitFor(lock, absl::Milliseconds(100));
    }
    return values_;
  }
  std::vector<T> AwaitCount(size_t count, absl::Duration timeout = absl::Seconds(40)) {
    return Await([count](const std::vector<T>& values) { return values.size() >= count; }, timeout);
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::vector<T> values_;
};

inline Record TextRecord(std::string value) {
  Record record;
  record.key = "k";
  record.value = std::move(value);
  record.timestamp_ms = 1'700'000'000'000;
  return record;
}

inline AppendOutcome AppendAndWait(EventLog& log, TopicPartition to, Record record) {
  auto mailbox = std::make_shared<Mailbox<AppendOutcome>>();
  log.Append(to, std::move(record),
             [mailbox](AppendOutcome outcome) { mailbox->Put(std::move(outcome)); });
  const auto outcomes = mailbox->AwaitCount(1);
  return outcomes.empty() ? AppendOutcome{} : outcomes[0];
}

inline absl::StatusOr<Offset> EndAndWait(EventLog& log, TopicPartition of) {
  auto mailbox = std::make_shared<Mailbox<absl::StatusOr<Offset>>>();
  log.End(of, [mailbox](absl::StatusOr<Offset> end) { mailbox->Put(std::move(end)); });
  const auto ends = mailbox->AwaitCount(1);
  return ends.empty() ? absl::DeadlineExceededError("End") : ends[0];
}

// All values of a partition with their offsets, to its end.
inline std::vector<std::pair<Offset, std::string>> ReadToEnd(EventLog& log, TopicPartition source) {
  std::vector<std::pair<Offset, std::string>> all;
  const auto end = EndAndWait(log, source);
  EXPECT_TRUE(end.ok()) << end.status();
  auto reader = log.OpenReader({{source, Offset(0)}});
  EXPECT_TRUE(reader.ok()) << reader.status();
  if (!end.ok() || !reader.ok()) return all;
  const KafkaDeadline deadline(absl::Seconds(40));
  ReadBatch batch;
  for (bool reached = false; !reached;) {
    const absl::Status status = (*reader)->Poll(1000, &batch);
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
    for (const RecordView& view : batch.records) {
      all.emplace_back(view.offset, std::string(view.value.value_or("")));
    }
    for (const EndOfPartition& eof : batch.ends) reached = reached || eof.end >= *end;
    if (batch.records.empty() && !reached) absl::SleepFor(absl::Milliseconds(1));
    if (deadline.Passed()) {
      ADD_FAILURE() << "the end was not reached";
      break;
    }
  }
  return all;
}

// A test on the broker of the binary; skipped, with the reason, where none can be had.
class KafkaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!TestBroker::UnavailableReason().empty()) GTEST_SKIP() << TestBroker::UnavailableReason();
    const auto broker = TestBroker::Shared();
    ASSERT_TRUE(broker.ok()) << broker.status();
    broker_ = *broker;
    options_ = KafkaTestOptions(*broker_);
  }
  static TopicPartition Complaints(int partition) {
    return {Topic::kComplaints, Partition(partition)};
  }

  TestBroker* broker_ = nullptr;
  KafkaOptions options_;
};

}  // namespace redress
