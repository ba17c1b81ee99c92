// What appending promises: points 1-4, 6, 9 and 10 of architecture §2.
#include <atomic>
#include <thread>

#include "libs/event_log/contract/event_log_contract.h"
#include "libs/event_log/contract/suites.h"

namespace redress {

using ::testing::ElementsAre;
using Kind = AppendOutcome::Kind;

void LinkAppendContract() {}

TEST_P(EventLogContract, P1_ARecordComesBackAsItWasAppended) {
  Record record;
  record.key = std::string("key \0 with zero", 15);
  record.value = std::string("\0\xff value", 8);
  record.headers = {{"a", "1"}, {"b", std::string("\0\x80", 2)}, {"a", "2"}, {"empty", ""}};
  record.timestamp_ms = 1'712'345'678'901;
  const Offset offset = MustAppend(Complaints(1), record);

  const auto read = ReadAll(Complaints(1));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].offset, offset);
  EXPECT_EQ(read[0].record.key, record.key);
  EXPECT_EQ(read[0].record.value, record.value);
  EXPECT_EQ(read[0].record.headers, record.headers);
  EXPECT_EQ(read[0].record.timestamp_ms, record.timestamp_ms);
}

TEST_P(EventLogContract, P1_RecordsOfOneCallerKeepTheirOrder) {
  constexpr int kRecords = 300;
  std::vector<std::optional<AppendOutcome>> outcomes(kRecords);
  std::atomic<int> answered{0};
  for (int i = 0; i < kRecords; ++i) {
    log().Append(Complaints(2), Text(std::to_string(i)), [&, i](AppendOutcome outcome) {
      {
        MutexLock lock(mutex_);
        outcomes[i] = std::move(outcome);
      }
      ++answered;
      Notify();
    });
  }
  ASSERT_TRUE(WaitUntil([&] { return answered == kRecords; }));
  const auto read = ReadAll(Complaints(2));
  ASSERT_EQ(read.size(), static_cast<size_t>(kRecords));
  MutexLock lock(mutex_);
  for (int i = 0; i < kRecords; ++i) {
    ASSERT_EQ(outcomes[i]->kind, Kind::kAppended) << outcomes[i]->status;
    EXPECT_EQ(read[i].record.value, std::to_string(i));
    EXPECT_EQ(read[i].offset, outcomes[i]->offset);
  }
}

TEST_P(EventLogContract, P1_ManyCallersLoseNothingAndKeepEachOnesOrder) {
  if (OptedOut(ContractCapability::kThreads)) return;
  constexpr int kCallers = 4;
  constexpr int kEach = 100;
  std::atomic<int> appended{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < kEach; ++i) {
        log().Append(Complaints(0), Text(std::to_string(i), std::to_string(caller)),
                     [&](AppendOutcome outcome) {
                       EXPECT_EQ(outcome.kind, Kind::kAppended) << outcome.status;
                       ++appended;
                       Notify();
                     });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  ASSERT_TRUE(WaitUntil([&] { return appended == kCallers * kEach; }));
  std::map<std::string, int> next;
  for (const KeptRecord& kept : ReadAll(Complaints(0))) {
    EXPECT_EQ(*kept.record.value, std::to_string(next[*kept.record.key]++));
  }
  for (int caller = 0; caller < kCallers; ++caller) EXPECT_EQ(next[std::to_string(caller)], kEach);
}

TEST_P(EventLogContract, P2_OffsetsRiseStrictlyPerPartition) {
  Offset last = MustAppend(Complaints(0), Text("0"));
  for (int i = 1; i < 10; ++i) {
    MustAppend(Complaints(1), Text("elsewhere"));
    const Offset offset = MustAppend(Complaints(0), Text(std::to_string(i)));
    EXPECT_GT(offset, last);
    last = offset;
  }
}

TEST_P(EventLogContract, P2_OffsetsNeedNotBeDense) {
  if (OptedOut(ContractCapability::kGaps)) return;
  const Offset first = MustAppend(Complaints(0), Text("before"));
  under_test().SkipOffsets(Complaints(0));
  const Offset second = MustAppend(Complaints(0), Text("after"));
  EXPECT_GT(second, first.Next());
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0))), ElementsAre("before", "after"));
  // A reader that starts inside the gap gets the next record: no error, nothing skipped.
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0), first.Next())), ElementsAre("after"));
}

TEST_P(EventLogContract, P3_WhatWasVisibleSurvivesACrash) {
  if (OptedOut(ContractCapability::kCrash)) return;
  for (int i = 0; i < 20; ++i) {
    log().Append(Complaints(0), Text(std::to_string(i)), [this](AppendOutcome) { Notify(); });
  }
  auto reader = ReaderAt({{Complaints(0), Offset(0)}});
  ReadBatch batch;
  std::vector<std::pair<Offset, std::string>> visible;
  ASSERT_TRUE(WaitUntil([&] {
    EXPECT_TRUE(reader->Poll(3, &batch).ok());
    for (const RecordView& view : batch.records)
      visible.emplace_back(view.offset, std::string(*view.value));
    return visible.size() >= 3;
  }));
  batch.Clear();
  reader.reset();
  CrashAndReopen();
  const auto after = ReadAll(Complaints(0));
  ASSERT_GE(after.size(), visible.size());
  for (size_t i = 0; i < visible.size(); ++i) {
    EXPECT_EQ(after[i].offset, visible[i].first);
    EXPECT_EQ(after[i].record.value, visible[i].second);
  }
}

TEST_P(EventLogContract, P3_WhatWasAnsweredSurvivesReopening) {
  if (OptedOut(ContractCapability::kReopen)) return;
  const Offset offset = MustAppend(Complaints(3), Text("kept"));
  Reopen();
  const auto before = ReadAll(Complaints(3));
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].offset, offset);
  EXPECT_GT(MustAppend(Complaints(3), Text("more")), offset);
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(3))), ElementsAre("kept", "more"));
}

TEST_P(EventLogContract, P4_AnUnknownOutcomeMayBeInTheLog) {
  if (OptedOut(ContractCapability::kUnknownPersisted)) return;
  under_test().FailNextAppend(ContractFault::kUnknownPersisted);
  const AppendOutcome outcome = Append(Complaints(0), Text("maybe"));
  EXPECT_EQ(outcome.kind, Kind::kUnknown);
  EXPECT_FALSE(outcome.status.ok()) << "an unknown outcome says why";
  MustAppend(Complaints(0), Text("surely"));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0))), ElementsAre("maybe", "surely"));
}

TEST_P(EventLogContract, P4_AnUnknownOutcomeMayNotBeInTheLog) {
  if (OptedOut(ContractCapability::kUnknownLost)) return;
  under_test().FailNextAppend(ContractFault::kUnknownLost);
  const AppendOutcome outcome = Append(Complaints(0), Text("maybe"));
  EXPECT_EQ(outcome.kind, Kind::kUnknown);
  EXPECT_FALSE(outcome.status.ok()) << "an unknown outcome says why";
  MustAppend(Complaints(0), Text("surely"));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0))), ElementsAre("surely"));
}

TEST_P(EventLogContract, P4_EveryAppendIsAnsweredOnceEvenWhenTheLogCloses) {
  if (OptedOut(ContractCapability::kReopen)) return;
  constexpr int kRecords = 100;
  std::vector<int> answers(kRecords, 0);
  std::vector<AppendOutcome> outcomes(kRecords);
  for (int i = 0; i < kRecords; ++i) {
    log().Append(Complaints(0), Text(std::to_string(i)), [&, i](AppendOutcome outcome) {
      MutexLock lock(mutex_);
      ++answers[i];
      outcomes[i] = std::move(outcome);
    });
  }
  Close();
  {
    MutexLock lock(mutex_);
    for (int i = 0; i < kRecords; ++i) EXPECT_EQ(answers[i], 1) << "record " << i;
  }
  Reopen();
  std::map<std::string, Offset> found;
  for (const KeptRecord& kept : ReadAll(Complaints(0))) found[*kept.record.value] = kept.offset;
  for (int i = 0; i < kRecords; ++i) {
    const auto it = found.find(std::to_string(i));
    if (outcomes[i].kind == Kind::kAppended) {
      ASSERT_NE(it, found.end()) << "answered as appended, but not in the log: " << i;
      EXPECT_EQ(it->second, outcomes[i].offset);
    }
    if (outcomes[i].kind == Kind::kNotAppended) {
      EXPECT_EQ(it, found.end()) << "answered as not appended, but in the log: " << i;
    }
  }
}

TEST_P(EventLogContract, P6_NothingIsDeliveredInsideTheCall) {
  static thread_local bool inside = false;
  std::atomic<int> called_inside{0};
  std::atomic<int> done{0};
  const auto called = [&] {
    if (inside) ++called_inside;
  };
  auto reader = log().OpenReader({{Complaints(0), Offset(0)}});
  ASSERT_TRUE(reader.ok());
  (*reader)->SetWake([&] {
    called();
    Notify();
  });
  ReadBatch batch;
  ASSERT_TRUE((*reader)->Poll(10, &batch).ok());
  inside = true;
  for (int i = 0; i < 20; ++i) {
    log().Append(Complaints(0), Text("x"), [&](AppendOutcome) {
      called();
      ++done;
      Notify();
    });
  }
  log().Append(Complaints(0), Text(std::string(kMaxRecordBytes + 1, 'x')), [&](AppendOutcome) {
    called();
    ++done;
    Notify();
  });
  log().End(Complaints(0), [&](absl::StatusOr<Offset>) {
    called();
    ++done;
    Notify();
  });
  inside = false;
  ASSERT_TRUE(WaitUntil([&] { return done == 22; }));
  EXPECT_EQ(called_inside, 0);
}

TEST_P(EventLogContract, P9_NullAndEmptyDiffer) {
  const std::vector<std::optional<std::string>> both = {std::nullopt, std::string()};
  for (const auto& key : both) {
    for (const auto& value : both) {
      Record record;
      record.key = key;
      record.value = value;
      MustAppend(Complaints(0), record);
    }
  }
  const auto read = ReadAll(Complaints(0));
  ASSERT_EQ(read.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read[i].record.key, both[i / 2]) << i;
    EXPECT_EQ(read[i].record.value, both[i % 2]) << i;
    for (size_t j = 0; j < i; ++j)
      EXPECT_NE(read[i].hash, read[j].hash) << "a null and an empty field hash alike";
  }
}

TEST_P(EventLogContract, P9_TheSizeLimitIsExact) {
  Record record;
  record.key = std::string(10, 'k');
  record.headers = {{"name", "value!"}};
  record.value = std::string(kMaxRecordBytes - 20, 'v');
  ASSERT_EQ(RecordBytes(record), kMaxRecordBytes);
  MustAppend(Complaints(0), record);

  record.value->push_back('v');
  const AppendOutcome outcome = Append(Complaints(0), record);
  EXPECT_EQ(outcome.kind, Kind::kNotAppended);
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument) << outcome.status;

  MustAppend(Complaints(0), Text("small"));
  const auto read = ReadAll(Complaints(0));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].record.value->size(), kMaxRecordBytes - 20);
  EXPECT_EQ(read[1].record.value, "small");
}

TEST_P(EventLogContract, P10_TimestampsMayGoBackwards) {
  std::vector<Offset> offsets;
  const std::vector<int64_t> times = {1'700'000'000'000, 1'600'000'000'000, 1'650'000'000'000, 1};
  for (const int64_t time : times) {
    Record record = Text(std::to_string(time));
    record.timestamp_ms = time;
    offsets.push_back(MustAppend(Complaints(0), record));
  }
  const auto read = ReadAll(Complaints(0));
  ASSERT_EQ(read.size(), times.size());
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(read[i].record.timestamp_ms, times[i]);
    EXPECT_EQ(read[i].offset, offsets[i]);
  }
}

}  // namespace redress
