// What only the embedded log promises: its folder, its identity, crashes, and readers that leave
// the chain.
#include "libs/event_log/embedded/embedded_log.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "libs/base/file.h"
#include "libs/event_log/embedded/log_driver.h"
#include "libs/event_log/embedded/test_folder.h"

namespace redress {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = AppendOutcome::Kind;

constexpr TopicPartition kTp{Topic::kComplaints, Partition(0)};

TEST(EmbeddedLog, IsMadeWithASecretOfItsOwn) {
  TestFolder folder;
  auto log = *EmbeddedLog::Open(TestOptions(folder.path()));
  EXPECT_EQ(log->id_secret().size(), 32u);
  EXPECT_EQ(*ReadFile(folder.path() + "/secret"), log->id_secret());
  struct stat facts;
  ASSERT_EQ(::stat((folder.path() + "/secret").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_EQ(log->PartitionCount(Topic::kComplaints), 16);
  EXPECT_EQ(log->PartitionCount(Topic::kDirectory), 1);
  const std::string secret = log->id_secret();
  log.reset();
  log = *EmbeddedLog::Open(TestOptions(folder.path()));
  EXPECT_EQ(log->id_secret(), secret);
}

TEST(EmbeddedLog, WhatReadersShareIsMadeBeforeTheySeeARecord) {
  TestFolder folder;
  EmbeddedLogOptions options = TestOptions(folder.path());
  const auto reading = [](std::string_view value) {
    return [value] { return std::make_shared<const std::string>(value); };
  };
  options.before_readers = [&](const RecordView& record) {
    record.shared->Get<std::string>(reading(record.value.value_or("")));
  };
  auto log = *EmbeddedLog::Open(std::move(options));
  WaitingReader reader(*log, {{kTp, Offset(0)}});
  ReadBatch batch;
  ASSERT_TRUE(reader.reader().Poll(10, &batch).ok());
  AppendAndWait(*log, kTp, TextRecord("a record"));
  ASSERT_TRUE(reader.Next(10, &batch).ok());
  ASSERT_EQ(batch.records.size(), 1u);
  EXPECT_EQ(*batch.records[0].shared->Get<std::string>(reading("made too late")), "a record");
}

TEST(EmbeddedLog, ASecondOneOnTheSameFolderIsRefused) {
  TestFolder folder;
  auto log = *EmbeddedLog::Open(TestOptions(folder.path()));
  const absl::Status status = EmbeddedLog::Open(TestOptions(folder.path())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(folder.path()));
  log.reset();
  EXPECT_TRUE(EmbeddedLog::Open(TestOptions(folder.path())).ok());
}

TEST(EmbeddedLog, AnotherSecretIsRefused) {
  TestFolder folder;
  EmbeddedLogOptions options = TestOptions(folder.path());
  options.id_secret = "the first secret";
  EXPECT_TRUE(EmbeddedLog::Open(options).ok());
  options.id_secret = "another secret";
  EXPECT_EQ(EmbeddedLog::Open(options).status().code(), absl::StatusCode::kFailedPrecondition);
  // Nor by changing the file.
  std::ofstream(folder.path() + "/secret") << "another secret";
  const absl::Status status = EmbeddedLog::Open(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("secret"));
  // Without the file, and without being told.
  std::filesystem::remove(folder.path() + "/secret");
  EXPECT_EQ(EmbeddedLog::Open(TestOptions(folder.path())).status().code(),
            absl::StatusCode::kFailedPrecondition);
  options.id_secret = "the first secret";
  EXPECT_TRUE(EmbeddedLog::Open(options).ok());
}

TEST(EmbeddedLog, OtherPartitionCountsAreRefused) {
  TestFolder folder;
  EmbeddedLogOptions options = TestOptions(folder.path());
  options.partitions = PartitionCounts{4, 2, 1, 1, 1, 1};
  EXPECT_TRUE(EmbeddedLog::Open(options).ok());
  options.partitions = PartitionCounts{8, 2, 1, 1, 1, 1};
  EXPECT_EQ(EmbeddedLog::Open(options).status().code(), absl::StatusCode::kFailedPrecondition);
  options.partitions.reset();
  EXPECT_EQ((*EmbeddedLog::Open(options))->PartitionCount(Topic::kComplaints), 4);
}

TEST(EmbeddedLog, AFullQueueRefusesAndSaysSo) {
  TestFolder folder;
  EmbeddedLogOptions options = TestOptions(folder.path());
  options.limits.max_records = 10;
  Mutex hold;
  MutexLock held(hold);
  options.gap = [&](TopicPartition) {
    MutexLock wait(hold);  // the commit thread stands here until the test lets it go
    return 0;
  };
  auto log = *EmbeddedLog::Open(options);
  Outcomes outcomes;
  for (int i = 0; i < 100; ++i) log->Append(kTp, TextRecord(std::to_string(i)), outcomes.Next());
  held.unlock();
  int appended = 0;
  for (const AppendOutcome& outcome : outcomes.Wait()) {
    if (outcome.kind == Kind::kAppended) {
      ++appended;
    } else {
      EXPECT_EQ(outcome.kind, Kind::kNotAppended);
      EXPECT_EQ(outcome.status.code(), absl::StatusCode::kResourceExhausted);
    }
  }
  EXPECT_LE(appended, 20);
  EXPECT_GE(appended, 10);
  EXPECT_EQ(ReadValues(*log, kTp).size(), static_cast<size_t>(appended));
}

// Set in the child of the next test: the folder of the log, and the pipe to report to.
constexpr char kChildFolder[] = "REDRESS_LOG_CHILD_FOLDER";
constexpr char kChildPipe[] = "REDRESS_LOG_CHILD_PIPE";

// The child appends and reports each answered value through a pipe until it is killed.
[[noreturn]] void AppendUntilKilled(const std::string& folder, int pipe) {
  auto log = *EmbeddedLog::Open(TestOptions(folder));
  std::atomic<int> open{0};
  for (int32_t i = 0;; ++i) {
    while (open > 50) std::this_thread::yield();
    ++open;
    log->Append(kTp, TextRecord(std::to_string(i)), [&open, i, pipe](AppendOutcome outcome) {
      if (outcome.kind == Kind::kAppended && ::write(pipe, &i, sizeof(i)) != sizeof(i)) ::_exit(1);
      --open;
    });
  }
}

// A child is this program again (a fork alone would have the threads of earlier tests missing): it
// never comes to the tests.
class ChildProcess final : public ::testing::Environment {
 public:
  void SetUp() override {
    if (const char* folder = std::getenv(kChildFolder))
      AppendUntilKilled(folder, std::atoi(std::getenv(kChildPipe)));
  }
};
[[maybe_unused]] const auto* const kChildProcess =
    ::testing::AddGlobalTestEnvironment(new ChildProcess);

pid_t StartChild(const std::string& folder, int pipe) {
  const std::string folder_variable = std::string(kChildFolder) + "=" + folder;
  const std::string pipe_variable = std::string(kChildPipe) + "=" + std::to_string(pipe);
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    // The results file is that of the parent.
    if (std::string_view(*variable).rfind("GTEST_OUTPUT=", 0) != 0)
      environment.push_back(*variable);
  }
  environment.push_back(const_cast<char*>(folder_variable.c_str()));
  environment.push_back(const_cast<char*>(pipe_variable.c_str()));
  environment.push_back(nullptr);
  char program[] = "/proc/self/exe";
  char* arguments[] = {program, nullptr};
  const pid_t child = ::fork();
  if (child == 0) {
    ::execve(program, arguments, environment.data());
    ::_exit(1);
  }
  return child;
}

TEST(EmbeddedLog, WhatWasAnsweredSurvivesSigkill) {
  for (int round = 0; round < 3; ++round) {
    TestFolder folder;
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = StartChild(folder.path(), pipe[1]);
    ASSERT_GE(child, 0);
    ::close(pipe[1]);
    std::vector<std::string> answered;
    int32_t number = 0;
    const size_t enough = 500u + 300u * static_cast<size_t>(round);
    while (answered.size() < enough && ::read(pipe[0], &number, sizeof(number)) == sizeof(number)) {
      answered.push_back(std::to_string(number));
    }
    ::kill(child, SIGKILL);
    while (::read(pipe[0], &number, sizeof(number)) == sizeof(number))
      answered.push_back(std::to_string(number));
    ::close(pipe[0]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ASSERT_GE(answered.size(), enough) << "the child ended by itself";
    auto log = EmbeddedLog::Open(TestOptions(folder.path()));
    ASSERT_TRUE(log.ok()) << log.status();
    const std::vector<std::string> values = ReadValues(**log, kTp);
    ASSERT_GE(values.size(), answered.size());
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(values[i], std::to_string(i)) << "a hole or a duplicate";
  }
}

TEST(EmbeddedLog, AnUnfinishedLastBatchIsDroppedAndTheRestStays) {
  TestFolder folder;
  {
    auto log = *EmbeddedLog::Open(TestOptions(folder.path()));
    for (int i = 0; i < 10; ++i) AppendAndWait(*log, kTp, TextRecord(std::string(5000, 'a' + i)));
  }
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/db")) {
    if (entry.path().extension() == ".log") newest = std::max(newest, entry.path().string());
  }
  std::filesystem::resize_file(newest, std::filesystem::file_size(newest) - 1000);
  auto log = EmbeddedLog::Open(TestOptions(folder.path()));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(ReadValues(**log, kTp).size(), 9u);
  EXPECT_EQ(AppendAndWait(**log, kTp, TextRecord("next")).kind, Kind::kAppended);
  EXPECT_EQ(ReadValues(**log, kTp).back(), "next");
}

TEST(EmbeddedLog, TrimmingIsRemembered) {
  TestFolder folder;
  Offset last;
  {
    auto log = *EmbeddedLog::Open(TestOptions(folder.path()));
    for (int i = 0; i < 5; ++i)
      last = AppendAndWait(*log, kTp, TextRecord(std::to_string(i))).offset;
    EXPECT_EQ(log->TrimBefore(kTp, Offset(last.value() + 2)).code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(log->TrimBefore(kTp, last.Next()).ok());
  }
  auto log = *EmbeddedLog::Open(TestOptions(folder.path()));
  ReadBatch batch;
  EXPECT_EQ((*log->OpenReader({{kTp, last}}))->Poll(10, &batch).code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_GT(AppendAndWait(*log, kTp, TextRecord("new")).offset, last)
      << "offsets go on after everything was trimmed";
  WaitingReader reader(*log, {{kTp, last.Next()}});
  ASSERT_TRUE(reader.Next(10, &batch).ok());
  EXPECT_EQ(*batch.records[0].value, "new");
}

// Appenders at full speed; readers, fast and slow, on a chain that holds a few batches only: every
// reader falls off it and joins again, many times.
TEST(EmbeddedLog, ReadersThatFallOffTheChainLoseAndRepeatNothing) {
  TestFolder folder;
  EmbeddedLogOptions options = TestOptions(folder.path());
  options.partitions = PartitionCounts{3, 1, 1, 1, 1, 1};
  options.max_chain_bytes = 20'000;
  auto log = *EmbeddedLog::Open(options);
  constexpr int kEach = 3000;
  constexpr int kAppenders = 3;
  std::vector<std::thread> threads;
  for (int reader_number = 0; reader_number < 4; ++reader_number) {
    threads.emplace_back([&, reader_number] {
      WaitingReader reader(*log, {{{Topic::kComplaints, Partition(0)}, Offset(0)},
                                  {{Topic::kComplaints, Partition(1)}, Offset(0)},
                                  {{Topic::kComplaints, Partition(2)}, Offset(0)}});
      std::vector<int> next(kAppenders, 0);
      ReadBatch batch;
      for (int seen = 0; seen < kEach * kAppenders;) {
        ASSERT_TRUE(reader.Next(reader_number % 2 == 0 ? 500 : 7, &batch).ok());
        ASSERT_FALSE(batch.records.empty()) << "no wake-up came, after " << seen;
        for (const RecordView& view : batch.records) {
          const int appender = std::stoi(std::string(*view.key));
          ASSERT_EQ(*view.value, std::to_string(next[appender]++))
              << "lost, repeated or out of order";
          ++seen;
        }
      }
    });
  }
  std::atomic<int> appended{0};
  for (int appender = 0; appender < kAppenders; ++appender) {
    threads.emplace_back([&, appender] {
      Outcomes outcomes;
      for (int i = 0; i < kEach; ++i) {
        log->Append({Topic::kComplaints, Partition(appender)},
                    TextRecord(std::to_string(i), std::to_string(appender)), outcomes.Next());
        if (i % 100 == 99) outcomes.Wait();
      }
      for (const AppendOutcome& outcome : outcomes.Wait())
        appended += outcome.kind == Kind::kAppended;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(appended, kEach * kAppenders);
  const EmbeddedLogStats stats = log->stats();
  EXPECT_EQ(stats.appended, static_cast<uint64_t>(kEach * kAppenders));
  EXPECT_LT(stats.commits, stats.appended) << "appends are committed in groups";
  uint64_t measured = 0;
  for (const uint64_t count : stats.append_latency.counts) measured += count;
  EXPECT_EQ(measured, stats.appended);
}

TEST(EmbeddedLog, ALoneAppendDoesNotWaitForCompany) {
  TestFolder folder;
  EmbeddedLogOptions options = TestOptions(folder.path());
  options.limits.linger = absl::Seconds(30);
  auto log = *EmbeddedLog::Open(options);
  // Far below one linger for each, on any machine.
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(AppendAndWait(*log, kTp, TextRecord("x")).kind, Kind::kAppended);
  EXPECT_EQ(log->stats().commits, 5u);
}

}  // namespace
}  // namespace redress
