// The contract suite of the port `EventLog` (architecture §2, points 1-10): one set of tests that
// every adapter passes. An adapter's own test gives a `ContractAdapter` and instantiates the suite:
//
//   INSTANTIATE_TEST_SUITE_P(Embedded, EventLogContract, ::testing::Values(EmbeddedAdapter()));
//
// A test that needs something that the adapter cannot do is skipped, by capability and with the
// adapter's reason.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"

namespace redress {

// What a test may need beyond the port itself. Everything that an adapter does not opt out of is
// tested.
enum class ContractCapability {
  kReopen,            // `Open` again over the same storage
  kCrash,             // `Crash`
  kTrim,              // `Trim`
  kUnknownPersisted,  // `FailNextAppend(kUnknownPersisted)`
  kUnknownLost,       // `FailNextAppend(kUnknownLost)`
  kGaps,              // `SkipOffsets`
  kThreads,           // calls from several threads at once
};

enum class ContractFault { kUnknownPersisted, kUnknownLost };

// One log under test: its storage, and at most one open `EventLog` on it. Made anew for each test.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;

  // Opens the log, making it the first time; the caller drops the log of an earlier call first.
  virtual absl::StatusOr<std::unique_ptr<EventLog>> Open() = 0;

  // Lets pending work of a single-threaded adapter go one step on; false when there is nothing to
  // do, or when the adapter has threads of its own. The suite then waits for a call-back.
  virtual bool Step() { return false; }

  // The process that had `log` open dies now: what it did not make durable is lost. Destroys `log`.
  virtual void Crash(std::unique_ptr<EventLog> log) { log.reset(); }

  // Removes the records of a partition below `before`.
  virtual absl::Status Trim(EventLog&, TopicPartition, Offset /*before*/) {
    return absl::UnimplementedError("trim");
  }

  // The next append to the log opened last gets an unknown outcome: the record is in the log, or
  // never will be.
  virtual void FailNextAppend(ContractFault) {}

  // At least one offset of the partition is left out before its next record.
  virtual void SkipOffsets(TopicPartition) {}
};

struct ContractSetup {
  // By `Topic`. An adapter uses them when it makes the log.
  std::vector<int32_t> partitions = {4, 2, 1, 1, 1, 1};
};

struct ContractAdapter {
  std::string name;
  // A new, empty log. An error fails the test; `skip_reason` instead skips the whole suite.
  std::function<std::unique_ptr<LogUnderTest>(const ContractSetup&)> make;
  // Why nothing can be tested here (no broker, for example); empty: everything is tested.
  std::string skip_reason;
  // What the adapter cannot do, and why.
  std::map<ContractCapability, std::string> opt_outs;
  // The longest that anything may take.
  absl::Duration patience = absl::Seconds(20);

  friend void PrintTo(const ContractAdapter& adapter, std::ostream* out) { *out << adapter.name; }
};

// A record that outlived its batch.
struct KeptRecord {
  Offset offset;
  Record record;
  uint64_t hash = 0;
};

class EventLogContract : public ::testing::TestWithParam<ContractAdapter> {
 protected:
  void SetUp() override;
  void TearDown() override;

  static TopicPartition Complaints(int partition) {
    return {Topic::kComplaints, Partition(partition)};
  }
  static Record Text(std::string_view value, std::string_view key = "k");

  // True when the adapter opted out; the calling test then returns (it is marked as skipped).
  bool OptedOut(ContractCapability capability);

  EventLog& log() { return *log_; }
  LogUnderTest& under_test() { return *under_test_; }
  // Closes the log and opens it again.
  void Reopen();
  // The process dies; the log is opened again.
  void CrashAndReopen();
  // Closes the log; `log()` is not usable until `Reopen`.
  void Close() { log_.reset(); }

  // Drives the log until `ready`; false when the adapter's patience ran out.
  bool WaitUntil(const std::function<bool()>& ready);
  // To be called by every call-back of a test, after it has stored its result.
  void Notify();

  // Appends and waits for the outcome.
  AppendOutcome Append(TopicPartition to, Record record);
  // As `Append`, and expects it to succeed.
  Offset MustAppend(TopicPartition to, Record record);
  Offset EndOf(TopicPartition of);

  // A reader of these partitions, with the suite's wake-up set.
  std::unique_ptr<LogReader> ReaderAt(std::vector<ReadFrom> starts);
  // Everything from `from` until the reader says that it has reached `EndOf` as asked now.
  std::vector<KeptRecord> ReadAll(TopicPartition source, Offset from = Offset(0),
                                  bool or_oldest = false);
  // Appends "0" to "4" to the first complaint partition and lets those before "3" go.
  void AppendFiveAndTrimThree(std::vector<Offset>* offsets);
  // The status of the first poll that is not UNAVAILABLE and neither empty, reading from there.
  absl::Status FirstError(TopicPartition source, Offset from, bool or_oldest = false);

  Mutex mutex_;  // guards what call-backs write in the tests

 private:
  void OpenLog();

  Condition changed_;
  std::unique_ptr<LogUnderTest> under_test_;
  std::unique_ptr<EventLog> log_;
};

// Keeps the linker from dropping the tests from the archive: whoever includes this header, has
// them.
bool LinkEventLogContract();
[[maybe_unused]] static const bool kEventLogContractLinked = LinkEventLogContract();

std::vector<std::string> ValuesOf(const std::vector<KeptRecord>& records);

}  // namespace redress
