// What reading promises: points 3 and 5-7 of architecture §2.
#include <atomic>

#include "libs/event_log/contract/event_log_contract.h"
#include "libs/event_log/contract/suites.h"

namespace redress {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void LinkReadContract() {}

TEST_P(EventLogContract, P5_ReadingStartsWhereItIsTold) {
  std::vector<Offset> offsets;
  for (int i = 0; i < 10; ++i)
    offsets.push_back(MustAppend(Complaints(0), Text(std::to_string(i))));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0), offsets[7])), ElementsAre("7", "8", "9"));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0), offsets[9].Next())), IsEmpty());
  // Again, by another reader: reading takes nothing away.
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0), offsets[8])), ElementsAre("8", "9"));
}

TEST_P(EventLogContract, P5_ReadingBeyondTheNewestIsAnError) {
  MustAppend(Complaints(0), Text("x"));
  const Offset end = EndOf(Complaints(0));
  EXPECT_TRUE(FirstError(Complaints(0), end).ok()) << "the end itself is no error";
  EXPECT_EQ(FirstError(Complaints(0), Offset(end.value() + 1000)).code(),
            absl::StatusCode::kOutOfRange);
}

TEST_P(EventLogContract, P5_ReadingBeforeTheOldestIsAnError) {
  if (OptedOut(ContractCapability::kTrim)) return;
  std::vector<Offset> offsets;
  ASSERT_NO_FATAL_FAILURE(AppendFiveAndTrimThree(&offsets));
  EXPECT_EQ(FirstError(Complaints(0), offsets[1]).code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0), offsets[3])), ElementsAre("3", "4"));
  MustAppend(Complaints(0), Text("5"));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0), offsets[4])), ElementsAre("4", "5"));
}

TEST_P(EventLogContract, P8_AReaderThatMaySoBeginsWithTheOldestThatIsKept) {
  if (OptedOut(ContractCapability::kTrim)) return;
  std::vector<Offset> offsets;
  ASSERT_NO_FATAL_FAILURE(AppendFiveAndTrimThree(&offsets));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0), offsets[1], true)), ElementsAre("3", "4"));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0), offsets[4], true)), ElementsAre("4"))
      << "never earlier than it is told";
  const Offset beyond(EndOf(Complaints(0)).value() + 1000);
  EXPECT_EQ(FirstError(Complaints(0), beyond, true).code(), absl::StatusCode::kOutOfRange)
      << "beyond the newest it is still another log";
}

TEST_P(EventLogContract, P5_AnErrorRepeatsAndNeverTurnsIntoRecords) {
  MustAppend(Complaints(0), Text("x"));
  const Offset beyond(EndOf(Complaints(0)).value() + 1000);
  const auto reader = ReaderAt({{Complaints(0), beyond}});
  ReadBatch batch;
  int errors = 0;
  ASSERT_TRUE(WaitUntil([&] {
    const absl::Status status = reader->Poll(10, &batch);
    if (absl::IsUnavailable(status) || (status.ok() && batch.ends.empty() && batch.records.empty()))
      return false;
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << status;
    EXPECT_TRUE(batch.records.empty());
    return ++errors == 3;
  }));
}

TEST_P(EventLogContract, P6_SeveralReadersSeeTheSame) {
  std::vector<std::unique_ptr<LogReader>> readers;
  for (int r = 0; r < 3; ++r)
    readers.push_back(ReaderAt({{Complaints(0), Offset(0)}, {Complaints(1), Offset(0)}}));
  std::vector<std::map<int, std::vector<std::string>>> seen(3);
  for (int i = 0; i < 50; ++i) MustAppend(Complaints(i % 2), Text(std::to_string(i)));
  ReadBatch batch;
  ASSERT_TRUE(WaitUntil([&] {
    bool all = true;
    for (int r = 0; r < 3; ++r) {
      EXPECT_TRUE(readers[r]->Poll(7 + r, &batch).ok());
      for (const RecordView& view : batch.records) {
        seen[r][view.source.partition.value()].push_back(std::string(*view.value));
      }
      all = all && seen[r][0].size() == 25 && seen[r][1].size() == 25;
    }
    return all;
  }));
  for (int r = 0; r < 3; ++r) {
    for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[r][i % 2][i / 2], std::to_string(i));
  }
}

TEST_P(EventLogContract, P6_AReaderSeesItsPartitionsOnly) {
  const TopicPartition inbound{Topic::kInbound, Partition(1)};
  const TopicPartition directory{Topic::kDirectory, Partition(0)};
  MustAppend(Complaints(0), Text("complaint 0"));
  MustAppend(Complaints(1), Text("complaint 1"));
  MustAppend(inbound, Text("inbound"));
  MustAppend(directory, Text("directory"));
  EXPECT_THAT(ValuesOf(ReadAll(inbound)), ElementsAre("inbound"));
  EXPECT_THAT(ValuesOf(ReadAll(directory)), ElementsAre("directory"));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(1))), ElementsAre("complaint 1"));
}

TEST_P(EventLogContract, P6_AReaderIsWokenWhenRecordsCome) {
  const auto reader = ReaderAt({{Complaints(0), Offset(0)}});
  std::atomic<int> wakes{0};
  reader->SetWake([&] {
    ++wakes;
    Notify();
  });
  ReadBatch batch;
  ASSERT_TRUE(WaitUntil([&] {
    EXPECT_TRUE(reader->Poll(10, &batch).ok());
    return !batch.ends.empty();
  }));
  for (int i = 0; i < 20; ++i) {
    // A poll that finds nothing arms the wake-up.
    EXPECT_TRUE(reader->Poll(10, &batch).ok());
    ASSERT_TRUE(batch.records.empty());
    const int before = wakes;
    MustAppend(Complaints(0), Text(std::to_string(i)));
    ASSERT_TRUE(WaitUntil([&] { return wakes > before; })) << "no wake-up for record " << i;
    ASSERT_TRUE(WaitUntil([&] {
      EXPECT_TRUE(reader->Poll(10, &batch).ok());
      return !batch.records.empty();
    }));
    EXPECT_EQ(*batch.records[0].value, std::to_string(i));
  }
}

TEST_P(EventLogContract, P6_MaxRecordsBoundsABatch) {
  for (int i = 0; i < 30; ++i) MustAppend(Complaints(0), Text(std::to_string(i)));
  const auto reader = ReaderAt({{Complaints(0), Offset(0)}});
  ReadBatch batch;
  size_t total = 0;
  ASSERT_TRUE(WaitUntil([&] {
    EXPECT_TRUE(reader->Poll(4, &batch).ok());
    EXPECT_LE(batch.records.size(), 4u);
    total += batch.records.size();
    return total == 30;
  }));
}

TEST_P(EventLogContract, P6_ABatchKeepsItsBytes) {
  MustAppend(Complaints(0), Text("the first"));
  auto reader = ReaderAt({{Complaints(0), Offset(0)}});
  ReadBatch kept;
  ASSERT_TRUE(WaitUntil([&] {
    EXPECT_TRUE(reader->Poll(10, &kept).ok());
    return !kept.records.empty();
  }));
  for (int i = 0; i < 50; ++i) MustAppend(Complaints(0), Text(std::string(1000, 'x')));
  ReadBatch next;
  size_t more = 0;
  ASSERT_TRUE(WaitUntil([&] {
    EXPECT_TRUE(reader->Poll(10, &next).ok());
    more += next.records.size();
    return more == 50;
  }));
  reader.reset();
  Close();
  EXPECT_EQ(*kept.records[0].value, "the first");
  EXPECT_EQ(*kept.records[0].key, "k");
}

TEST_P(EventLogContract, P7_AnEmptyPartitionHasAnEnd) {
  const auto reader = ReaderAt({{Complaints(0), Offset(0)}, {Complaints(1), Offset(0)}});
  ReadBatch batch;
  std::map<TopicPartition, Offset> ends;
  EXPECT_TRUE(WaitUntil([&] {
    EXPECT_TRUE(reader->Poll(10, &batch).ok());
    EXPECT_TRUE(batch.records.empty());
    for (const EndOfPartition& eof : batch.ends) ends[eof.source] = eof.end;
    return ends.size() == 2;
  }));
}

TEST_P(EventLogContract, P7_TheEndComesAfterWhatWasThereAndAgainAfterMore) {
  const auto reader = ReaderAt({{Complaints(0), Offset(0)}});
  ReadBatch batch;
  Offset delivered(-1);
  Offset announced(-1);
  for (int round = 0; round < 3; ++round) {
    Offset last;
    for (int i = 0; i < 5; ++i) last = MustAppend(Complaints(0), Text("x"));
    ASSERT_TRUE(WaitUntil([&] {
      EXPECT_TRUE(reader->Poll(2, &batch).ok());
      for (const RecordView& view : batch.records) {
        EXPECT_GE(view.offset, announced) << "a record below an end that was announced";
        delivered = view.offset;
      }
      for (const EndOfPartition& eof : batch.ends) {
        EXPECT_GE(eof.end, delivered.Next()) << "an end below what was delivered";
        announced = eof.end;
      }
      return announced > last;
    }));
    EXPECT_EQ(delivered, last) << "the end was announced before the records";
  }
}

TEST_P(EventLogContract, P7_EndCoversAllThatWasDurable) {
  for (int i = 0; i < 5; ++i) {
    const Offset offset = MustAppend(Complaints(0), Text("x"));
    EXPECT_GT(EndOf(Complaints(0)), offset);
  }
  EXPECT_EQ(ReadAll(Complaints(0)).size(), 5u);
}

}  // namespace redress
