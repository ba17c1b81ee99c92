// What appends, reads and `End` say when the broker dies, freezes or no longer agrees with the
// producer: every answer is honest and comes in bounded time, and nothing acknowledged is lost.
#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "libs/event_log/kafka/test_log.h"

namespace redress {
namespace {

using Kind = AppendOutcome::Kind;

// Appends numbered records and keeps their outcomes.
class Appends {
 public:
  using Target = std::function<void(Record, AppendDone)>;

  void Append(const Target& target) {
    const int number = count_++;
    target(TextRecord(std::to_string(number)), [this, number](AppendOutcome outcome) {
      outcomes_.Put({number, std::move(outcome)});
    });
  }
  int count() const { return count_; }
  void AwaitAcknowledged(size_t count) {
    outcomes_.Await([count](const auto& outcomes) {
      size_t appended = 0;
      for (const auto& [number, outcome] : outcomes) appended += outcome.kind == Kind::kAppended;
      return appended >= count;
    });
  }

  // Every append has one outcome, and the log says the same.
  void ExpectHonest(const std::vector<std::pair<Offset, std::string>>& in_log) {
    const auto outcomes = outcomes_.AwaitCount(count_);
    ASSERT_EQ(outcomes.size(), static_cast<size_t>(count_));
    // A broker that was killed may have forgotten the producer, and then a retried record is in the
    // log twice. The port allows it: readers judge the second one a duplicate.
    std::map<int, std::set<Offset>> found;
    for (const auto& [offset, value] : in_log) found[std::stoi(value)].insert(offset);
    std::set<int> answered;
    for (const auto& [number, outcome] : outcomes) {
      EXPECT_TRUE(answered.insert(number).second) << number << " was answered twice";
      const auto at = found.find(number);
      if (outcome.kind == Kind::kAppended) {
        ASSERT_NE(at, found.end()) << number << " was acknowledged and is lost";
        EXPECT_EQ(at->second.count(outcome.offset), 1u)
            << number << " is not where it was acknowledged";
      } else {
        EXPECT_FALSE(outcome.status.ok());
        if (outcome.kind == Kind::kNotAppended) {
          EXPECT_EQ(at, found.end()) << number << " was said not to be there: " << outcome.status;
        }
      }
    }
  }
  int Count(Kind kind) {
    int count = 0;
    for (const auto& [number, outcome] : outcomes_.AwaitCount(count_))
      count += outcome.kind == kind;
    return count;
  }

 private:
  int count_ = 0;
  Mailbox<std::pair<int, AppendOutcome>> outcomes_;
};

class KafkaFaults : public KafkaTest {
 protected:
  void Open() {
    auto log = OpenKafka(options_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    target_ = [this](Record record, AppendDone done) {
      log_->Append(Complaints(0), std::move(record), std::move(done));
    };
  }
  std::unique_ptr<KafkaLog> log_;
  Appends appends_;
  Appends::Target target_;
};

TEST_F(KafkaFaults, ABrokerThatIsKilledAndComesBackLosesNothingAcknowledged) {
  ASSERT_NO_FATAL_FAILURE(Open());
  auto reader = log_->OpenReader({{Complaints(0), Offset(0)}});
  ASSERT_TRUE(reader.ok());
  for (int i = 0; i < 300; ++i) appends_.Append(target_);
  appends_.AwaitAcknowledged(100);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    // Paced, so that the broker dies in the middle of it.
    while (!stop && appends_.count() < 20000) {
      for (int i = 0; i < 20; ++i) appends_.Append(target_);
      absl::SleepFor(absl::Milliseconds(2));
    }
  });
  ASSERT_TRUE(broker_->Kill().ok());
  ASSERT_TRUE(broker_->Restart().ok());
  stop = true;
  writer.join();
  // All of them may wait for the broker: it was away for less than the append time-out.
  EXPECT_EQ(AppendAndWait(*log_, Complaints(1), TextRecord("after")).kind, Kind::kAppended);
  const int count = appends_.count();
  EXPECT_GT(count, 300);
  EXPECT_EQ(appends_.Count(Kind::kAppended) + appends_.Count(Kind::kUnknown) +
                appends_.Count(Kind::kNotAppended),
            count);
  const auto in_log = ReadToEnd(*log_, Complaints(0));
  appends_.ExpectHonest(in_log);

  // A reader that was open all the time goes on, and sees the same.
  std::vector<std::pair<Offset, std::string>> seen;
  ReadBatch batch;
  const KafkaDeadline deadline(absl::Seconds(40));
  while (seen.size() < in_log.size() && !deadline.Passed()) {
    const absl::Status status = (*reader)->Poll(500, &batch);
    ASSERT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
    for (const RecordView& view : batch.records)
      seen.emplace_back(view.offset, std::string(*view.value));
    if (batch.records.empty()) absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(seen, in_log);
}

TEST_F(KafkaFaults, ABrokerThatStaysAwayIsReportedInTimeAndHonestly) {
  options_.append_timeout = absl::Seconds(2);
  options_.end_timeout = absl::Seconds(2);
  ASSERT_NO_FATAL_FAILURE(Open());
  for (int i = 0; i < 50; ++i) appends_.Append(target_);
  appends_.AwaitAcknowledged(10);
  for (int i = 0; i < 500; ++i) appends_.Append(target_);
  ASSERT_TRUE(broker_->Kill().ok());
  const KafkaDeadline deadline(absl::Seconds(20));
  // This one may still be written to the dead connection; when it is answered, the connection is
  // known to be gone and what comes then surely never leaves.
  appends_.Append(target_);
  const int answered = appends_.Count(Kind::kAppended) + appends_.Count(Kind::kUnknown);
  for (int i = 0; i < 100; ++i) appends_.Append(target_);
  EXPECT_GE(appends_.Count(Kind::kNotAppended), 100);
  EXPECT_EQ(appends_.Count(Kind::kAppended) + appends_.Count(Kind::kUnknown), answered);
  EXPECT_TRUE(absl::IsUnavailable(EndAndWait(*log_, Complaints(0)).status()));
  EXPECT_TRUE(absl::IsUnavailable(log_->OpenReader({{Complaints(0), Offset(0)}}).status()));
  EXPECT_FALSE(deadline.Passed());
  ASSERT_TRUE(broker_->Restart().ok());
  options_.end_timeout = absl::Seconds(30);
  ASSERT_NO_FATAL_FAILURE(Open());
  appends_.ExpectHonest(ReadToEnd(*log_, Complaints(0)));
}

TEST_F(KafkaFaults, AFrozenBrokerMakesOutcomesUnknownInTimeAndThenGoesOn) {
  options_.append_timeout = absl::Seconds(2);
  options_.end_timeout = absl::Seconds(1);
  ASSERT_NO_FATAL_FAILURE(Open());
  appends_.Append(target_);
  appends_.AwaitAcknowledged(1);
  ASSERT_TRUE(broker_->Pause().ok());
  const KafkaDeadline deadline(absl::Seconds(15));
  for (int i = 0; i < 10; ++i) appends_.Append(target_);
  EXPECT_TRUE(absl::IsUnavailable(EndAndWait(*log_, Complaints(0)).status()));
  EXPECT_EQ(appends_.Count(Kind::kAppended), 1);
  // The requests lie in the broker's socket.
  EXPECT_GE(appends_.Count(Kind::kUnknown), 1);
  EXPECT_FALSE(deadline.Passed());
  ASSERT_TRUE(broker_->Resume().ok());
  const KafkaDeadline resumed(absl::Seconds(30));
  AppendOutcome outcome;
  do {
    outcome = AppendAndWait(*log_, Complaints(1), TextRecord("after"));
  } while (outcome.kind != Kind::kAppended && !resumed.Passed());
  EXPECT_EQ(outcome.kind, Kind::kAppended) << outcome.status;
  options_.end_timeout = absl::Seconds(30);
  ASSERT_NO_FATAL_FAILURE(Open());
  appends_.ExpectHonest(ReadToEnd(*log_, Complaints(0)));
}

TEST_F(KafkaFaults, AFatalProducerErrorIsRoutine) {
  ASSERT_NO_FATAL_FAILURE(Open());
  CallbackThread callbacks;
  auto producer = KafkaProducer::Make(options_, &callbacks);
  ASSERT_TRUE(producer.ok()) << producer.status();
  const Appends::Target target = [&](Record record, AppendDone done) {
    (*producer)->Append(Complaints(0), std::move(record), std::move(done));
  };
  for (int i = 0; i < 50; ++i) appends_.Append(target);
  appends_.AwaitAcknowledged(10);
  for (int i = 0; i < 200; ++i) appends_.Append(target);
  (*producer)->FailFatallyForTest();
  const KafkaDeadline deadline(absl::Seconds(10));
  while ((*producer)->handles_made() < 2 && !deadline.Passed()) appends_.Append(target);
  EXPECT_EQ((*producer)->handles_made(), 2);
  const int before = appends_.Count(Kind::kAppended);
  for (int i = 0; i < 20; ++i) appends_.Append(target);
  EXPECT_EQ(appends_.Count(Kind::kAppended), before + 20);
  producer->reset();
  appends_.ExpectHonest(ReadToEnd(*log_, Complaints(0)));
}

}  // namespace
}  // namespace redress
