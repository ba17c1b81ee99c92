// Disks that are full, tear writes or fail to sync: typed errors, outcomes that tell the truth,
// nothing lost.
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "gmock/gmock.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/event_log/embedded/failing_file_system.h"
#include "libs/event_log/embedded/log_driver.h"
#include "libs/event_log/embedded/test_folder.h"

namespace redress {
namespace {

using ::testing::ElementsAre;
using Kind = AppendOutcome::Kind;

constexpr TopicPartition kTp{Topic::kComplaints, Partition(0)};

class EmbeddedDiskTrouble : public ::testing::Test {
 protected:
  EmbeddedDiskTrouble()
      : env_(rocksdb::NewCompositeEnv(std::make_shared<FailingFileSystem>(&trouble_))) {}

  std::unique_ptr<EmbeddedLog> Open() {
    EmbeddedLogOptions options = TestOptions(folder_.path());
    options.env = env_.get();
    auto log = EmbeddedLog::Open(options);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }
  // Asks again and again: after a disk error the log tries to open its database only now and then.
  static AppendOutcome AppendUntilAppended(EmbeddedLog& log, const std::string& value) {
    AppendOutcome outcome;
    for (int i = 0; i < 100'000 && outcome.kind != Kind::kAppended; ++i) {
      outcome = AppendAndWait(log, kTp, TextRecord(value));
      EXPECT_NE(outcome.kind, Kind::kUnknown) << "only what was being written may be unknown";
    }
    return outcome;
  }

  TestFolder folder_;
  DiskTrouble trouble_;
  std::unique_ptr<rocksdb::Env> env_;
};

TEST_F(EmbeddedDiskTrouble, ANearlyFullDiskRefusesBeforeAnythingIsWritten) {
  auto log = Open();
  EXPECT_EQ(AppendAndWait(*log, kTp, TextRecord("before")).kind, Kind::kAppended);
  trouble_.free_bytes = 1000;
  const AppendOutcome outcome = AppendAndWait(*log, kTp, TextRecord("refused"));
  EXPECT_EQ(outcome.kind, Kind::kNotAppended);
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kResourceExhausted) << outcome.status;
  EXPECT_NE(std::string(outcome.status.message()).find(folder_.path()), std::string::npos)
      << outcome.status;
  trouble_.free_bytes = -1;
  EXPECT_EQ(AppendAndWait(*log, kTp, TextRecord("after")).kind, Kind::kAppended);
  EXPECT_THAT(ReadValues(*log, kTp), ElementsAre("before", "after"));
  EXPECT_EQ(log->stats().recoveries, 0u);
}

TEST_F(EmbeddedDiskTrouble, NoSpaceInTheMiddleOfAWriteNeverLies) {
  for (const bool torn : {false, true}) {
    SCOPED_TRACE(torn);
    auto log = Open();
    const std::string round = torn ? "torn " : "clean ";
    EXPECT_EQ(AppendAndWait(*log, kTp, TextRecord(round + "before")).kind, Kind::kAppended);
    trouble_.torn = torn;
    trouble_.writes_left = 0;
    const AppendOutcome first = AppendAndWait(*log, kTp, TextRecord(round + "during"));
    EXPECT_NE(first.kind, Kind::kAppended);
    EXPECT_EQ(first.status.code(), absl::StatusCode::kResourceExhausted) << first.status;
    const AppendOutcome second = AppendAndWait(*log, kTp, TextRecord(round + "down"));
    EXPECT_EQ(second.kind, Kind::kNotAppended)
        << "surely nothing was written: the database is closed";
    EXPECT_EQ(second.status.code(), absl::StatusCode::kResourceExhausted) << second.status;
    EXPECT_FALSE(log->stats().usable);
    trouble_.writes_left = -1;
    const AppendOutcome after = AppendUntilAppended(*log, round + "after");
    EXPECT_EQ(after.kind, Kind::kAppended) << "space came back: " << after.status;
    EXPECT_GE(log->stats().recoveries, 1u);
    log.reset();
    log = Open();
    std::vector<std::string> values = ReadValues(*log, kTp);
    std::erase_if(values, [&](const std::string& value) { return value.rfind(round, 0) != 0; });
    // "during" is unknown when the database could not be opened again at once, so it may be there;
    // "down" may not.
    if (first.kind == Kind::kUnknown) std::erase(values, round + "during");
    EXPECT_THAT(values, ElementsAre(round + "before", round + "after"));
  }
}

TEST_F(EmbeddedDiskTrouble, AFailedWriteIsSettledByOpeningTheDatabaseAnew) {
  auto log = Open();
  EXPECT_EQ(AppendAndWait(*log, kTp, TextRecord("before")).kind, Kind::kAppended);
  WaitingReader reader(*log, {{kTp, Offset(0)}});
  ReadBatch batch;
  ASSERT_TRUE(reader.Next(10, &batch).ok());
  // The sync fails, so the bytes are in the file, and opening finds and keeps them: the outcome
  // becomes known.
  trouble_.syncs_fail = true;
  Outcomes outcomes;
  log->Append(kTp, TextRecord("during"), outcomes.Next());
  while (log->stats().usable && log->stats().unknown == 0) std::this_thread::yield();
  trouble_.syncs_fail = false;
  const AppendOutcome outcome = outcomes.Wait()[0];
  EXPECT_EQ(AppendUntilAppended(*log, "after").kind, Kind::kAppended);
  std::vector<std::string> delivered;
  while (delivered.empty() || delivered.back() != "after") {
    ASSERT_TRUE(reader.Next(10, &batch).ok());
    ASSERT_FALSE(batch.records.empty());
    for (const RecordView& view : batch.records) delivered.emplace_back(*view.value);
  }
  EXPECT_NE(outcome.kind, Kind::kNotAppended) << "it was written whole";
  EXPECT_THAT(delivered, ElementsAre("during", "after"))
      << "what is found later reaches the readers, in order";
  EXPECT_THAT(ReadValues(*log, kTp), ElementsAre("before", "during", "after"));
}

TEST_F(EmbeddedDiskTrouble, OpeningOnAFullDiskSaysSo) {
  trouble_.writes_left = 0;
  EmbeddedLogOptions options = TestOptions(folder_.path());
  options.env = env_.get();
  EXPECT_EQ(EmbeddedLog::Open(options).status().code(), absl::StatusCode::kResourceExhausted);
  trouble_.writes_left = -1;
  EXPECT_NE(Open(), nullptr);
}

TEST_F(EmbeddedDiskTrouble, AFileSizeLimitIsAnErrorAndNothingAnsweredIsLost) {
  std::vector<std::string> appended;
  {
    auto log = Open();
    rlimit before;
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = 200'000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    int refused = 0;
    for (int i = 0; i < 30; ++i) {
      const AppendOutcome outcome =
          AppendAndWait(*log, kTp, TextRecord(std::string(20'000, 'a' + i % 26)));
      if (outcome.kind == Kind::kAppended) {
        appended.push_back(std::string(20'000, 'a' + i % 26));
      } else {
        ++refused;
        EXPECT_EQ(outcome.status.code(), absl::StatusCode::kResourceExhausted) << outcome.status;
      }
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_GT(refused, 0);
    EXPECT_GT(appended.size(), 0u);
    EXPECT_EQ(AppendUntilAppended(*log, "at last").kind, Kind::kAppended);
  }
  appended.push_back("at last");
  auto log = Open();
  const std::vector<std::string> values = ReadValues(*log, kTp);
  auto next = values.begin();
  for (const std::string& value : appended) {
    next = std::find(next, values.end(), value);
    ASSERT_NE(next, values.end()) << "an answered record is lost";
    ++next;
  }
}

TEST_F(EmbeddedDiskTrouble, ADamagedFileIsDataLossAndNamed) {
  {
    EmbeddedLogOptions options = TestOptions(folder_.path());
    auto log = *EmbeddedLog::Open(options);
    for (int i = 0; i < 200; ++i) AppendAndWait(*log, kTp, TextRecord(std::string(1000, 'x')));
  }
  // One byte in the middle of the write-ahead log, in what was synced long before the end.
  std::string damaged;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/db")) {
    if (entry.path().extension() == ".log" && entry.file_size() > 100'000) damaged = entry.path();
  }
  ASSERT_FALSE(damaged.empty());
  {
    std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(50'000);
    file.put('#');
  }
  const absl::Status status = EmbeddedLog::Open(TestOptions(folder_.path())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_NE(std::string(status.message()).find(folder_.path()), std::string::npos) << status;
}

}  // namespace
}  // namespace redress
