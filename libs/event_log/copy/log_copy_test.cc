#include "libs/event_log/copy/log_copy.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/random.h"
#include "libs/event_log/embedded/embedded_log.h"

namespace redress {
namespace {

using ::testing::HasSubstr;

class LogCopy : public ::testing::Test {
 protected:
  LogCopy() : folder_(::testing::TempDir() + "/log-copy-" + std::to_string(random_.Next())) {}
  ~LogCopy() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<EmbeddedLog> Open(const std::string& name, LogId log_id = LogId()) {
    EmbeddedLogOptions options;
    options.folder = folder_ + "/" + name;
    options.random = &random_;
    options.clock = &clock_;
    options.log_id = log_id;
    options.id_secret = "a secret of thirty-two bytes ....";
    options.partitions = PartitionCounts{2, 2, 1, 1, 1, 1};
    auto log = EmbeddedLog::Open(std::move(options));
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }

  static void Append(EmbeddedLog* log, TopicPartition to, const std::string& value) {
    Mutex mutex;
    Condition changed;
    bool done = false;
    Record record;
    record.key = "key of " + value;
    record.value = value;
    record.headers = {{"ce_type", "test"}};
    record.timestamp_ms = 1'772'357'400'000;
    log->Append(to, record, [&](AppendOutcome outcome) {
      MutexLock lock(mutex);
      EXPECT_EQ(outcome.kind, AppendOutcome::Kind::kAppended);
      done = true;
      changed.NotifyAll();
    });
    MutexLock lock(mutex);
    while (!done) changed.Wait(lock);
  }

  static std::string ReadAll(EmbeddedLog* log, TopicPartition of) {
    auto reader = log->OpenReader({{of, Offset(0)}});
    EXPECT_TRUE(reader.ok());
    std::string all;
    for (bool at_end = false; !at_end;) {
      ReadBatch batch;
      EXPECT_TRUE((*reader)->Poll(100, &batch).ok());
      for (const RecordView& record : batch.records) {
        all += std::to_string(record.offset.value()) + "=" + std::string(*record.key) + "/" +
               std::string(*record.value) + "/" + std::to_string(record.timestamp_ms) + "/" +
               std::string(record.Header("ce_type").value_or("")) + " ";
      }
      at_end = !batch.ends.empty();
    }
    return all;
  }

  SeededRandom random_{17};
  SystemClock clock_;
  const std::string folder_;
};

constexpr TopicPartition kFirst{Topic::kComplaints, Partition(0)};
constexpr TopicPartition kSecond{Topic::kComplaints, Partition(1)};
constexpr TopicPartition kInbound{Topic::kInbound, Partition(1)};

TEST_F(LogCopy, EveryRecordComesToItsOwnOffset) {
  const auto from = Open("from");
  for (int i = 0; i < 50; ++i)
    Append(from.get(), i % 3 == 0 ? kSecond : kFirst, "record " + std::to_string(i));
  Append(from.get(), kInbound, "item");
  const auto to = Open("to", from->log_id());
  LogCopyCounts shown;
  LogCopyOptions options;
  options.window = 7;
  options.progress = [&](const LogCopyCounts& counts) { shown = counts; };
  const auto counts = CopyLog(from.get(), to.get(), options);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->copied, 51u);
  EXPECT_EQ(counts->total, counts->present + counts->copied);
  EXPECT_EQ(shown.copied, 51u);
  for (const TopicPartition of : {kFirst, kSecond, kInbound})
    EXPECT_EQ(ReadAll(to.get(), of), ReadAll(from.get(), of));
}

TEST_F(LogCopy, GoesOnWhereItWasStopped) {
  const auto from = Open("from");
  for (int i = 0; i < 20; ++i) Append(from.get(), kFirst, "record " + std::to_string(i));
  const auto to = Open("to", from->log_id());
  for (int i = 0; i < 5; ++i) Append(to.get(), kFirst, "record " + std::to_string(i));
  std::atomic<bool> stop = true;
  LogCopyOptions options;
  options.stop = &stop;
  EXPECT_EQ(CopyLog(from.get(), to.get(), options).status().code(), absl::StatusCode::kCancelled);
  stop = false;
  const auto counts = CopyLog(from.get(), to.get(), options);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->copied, 15u);
  EXPECT_EQ(ReadAll(to.get(), kFirst), ReadAll(from.get(), kFirst));
  const auto again = CopyLog(from.get(), to.get(), options);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->copied, 0u);
}

TEST_F(LogCopy, RefusesATargetThatHoldsSomethingElse) {
  const auto from = Open("from");
  Append(from.get(), kFirst, "ours");
  const auto stranger = Open("stranger");
  EXPECT_THAT(std::string(CopyLog(from.get(), stranger.get(), {}).status().message()),
              HasSubstr("another log"));

  const auto other = Open("other", from->log_id());
  Append(other.get(), kFirst, "theirs");
  EXPECT_THAT(std::string(CopyLog(from.get(), other.get(), {}).status().message()),
              HasSubstr("another record"));

  const auto longer = Open("longer", from->log_id());
  for (const char* value : {"ours", "and more"}) Append(longer.get(), kFirst, value);
  EXPECT_THAT(std::string(CopyLog(from.get(), longer.get(), {}).status().message()),
              HasSubstr("the source only"));
}

TEST_F(LogCopy, RefusesASourceWhoseOffsetsCannotBeKept) {
  const auto from = Open("from");
  for (int i = 0; i < 3; ++i) Append(from.get(), kInbound, "record " + std::to_string(i));
  ASSERT_TRUE(from->TrimBefore(kInbound, Offset(3)).ok());
  const auto to = Open("to", from->log_id());
  EXPECT_FALSE(CopyLog(from.get(), to.get(), {}).ok());
}

TEST_F(LogCopy, ASealedLogIsNotOpenedAgain) {
  auto log = Open("sealed");
  ASSERT_TRUE(log->Seal("its records are on Kafka at broker:9092").ok());
  log.reset();
  EmbeddedLogOptions options;
  options.folder = folder_ + "/sealed";
  options.random = &random_;
  options.clock = &clock_;
  const auto again = EmbeddedLog::Open(std::move(options));
  EXPECT_EQ(again.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("on Kafka at broker:9092"));
}

}  // namespace
}  // namespace redress
