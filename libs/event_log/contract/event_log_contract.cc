#include "libs/event_log/contract/event_log_contract.h"

#include <chrono>

#include "libs/event_log/contract/suites.h"

namespace redress {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventLogContract);

namespace {

KeptRecord Keep(const RecordView& view) {
  KeptRecord kept;
  kept.offset = view.offset;
  if (view.key) kept.record.key = std::string(*view.key);
  if (view.value) kept.record.value = std::string(*view.value);
  for (const auto& [name, value] : view.headers) {
    kept.record.headers.push_back({std::string(name), std::string(value)});
  }
  kept.record.timestamp_ms = view.timestamp_ms;
  kept.hash = RecordHash(view);
  return kept;
}

}  // namespace

bool LinkEventLogContract() {
  LinkAppendContract();
  LinkReadContract();
  LinkIdentityContract();
  return true;
}

void EventLogContract::SetUp() {
  if (!GetParam().skip_reason.empty())
    GTEST_SKIP() << GetParam().name << ": " << GetParam().skip_reason;
  under_test_ = GetParam().make(ContractSetup());
  ASSERT_NE(under_test_, nullptr);
  OpenLog();
}

void EventLogContract::TearDown() {
  log_.reset();
  under_test_.reset();
}

void EventLogContract::OpenLog() {
  auto log = under_test_->Open();
  ASSERT_TRUE(log.ok()) << log.status();
  log_ = *std::move(log);
}

Record EventLogContract::Text(std::string_view value, std::string_view key) {
  Record record;
  record.key = std::string(key);
  record.value = std::string(value);
  record.timestamp_ms = 1'700'000'000'000;
  return record;
}

bool EventLogContract::OptedOut(ContractCapability capability) {
  const auto reason = GetParam().opt_outs.find(capability);
  if (reason == GetParam().opt_outs.end()) return false;
  [&] { GTEST_SKIP() << GetParam().name << " opts out: " << reason->second; }();
  return true;
}

void EventLogContract::Reopen() {
  log_.reset();
  OpenLog();
}

void EventLogContract::CrashAndReopen() {
  under_test_->Crash(std::move(log_));
  OpenLog();
}

bool EventLogContract::WaitUntil(const std::function<bool()>& ready) {
  // Real time bounds the waiting only; nothing is decided by it.
  const auto give_up =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(GetParam().patience);
  while (!ready()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    if (under_test_->Step()) continue;
    // Bounded, so that a notification between `ready` and here costs little.
    MutexLock lock(mutex_);
    changed_.WaitFor(lock, absl::Milliseconds(2));
  }
  return true;
}

void EventLogContract::Notify() {
  MutexLock lock(mutex_);
  changed_.NotifyAll();
}

AppendOutcome EventLogContract::Append(TopicPartition to, Record record) {
  auto outcome = std::make_shared<std::optional<AppendOutcome>>();
  log().Append(to, std::move(record), [this, outcome](AppendOutcome result) {
    {
      MutexLock lock(mutex_);
      EXPECT_FALSE(outcome->has_value()) << "called back twice";
      *outcome = std::move(result);
    }
    Notify();
  });
  const bool answered = WaitUntil([&] {
    MutexLock lock(mutex_);
    return outcome->has_value();
  });
  EXPECT_TRUE(answered) << "an append was never answered";
  MutexLock lock(mutex_);
  return outcome->value_or(AppendOutcome{});
}

Offset EventLogContract::MustAppend(TopicPartition to, Record record) {
  const AppendOutcome outcome = Append(to, std::move(record));
  EXPECT_EQ(outcome.kind, AppendOutcome::Kind::kAppended) << outcome.status;
  return outcome.offset;
}

Offset EventLogContract::EndOf(TopicPartition of) {
  auto end = std::make_shared<std::optional<absl::StatusOr<Offset>>>();
  log().End(of, [this, end](absl::StatusOr<Offset> result) {
    {
      MutexLock lock(mutex_);
      *end = std::move(result);
    }
    Notify();
  });
  const bool answered = WaitUntil([&] {
    MutexLock lock(mutex_);
    return end->has_value();
  });
  EXPECT_TRUE(answered) << "End was never answered";
  MutexLock lock(mutex_);
  if (!end->has_value()) return Offset(-1);
  EXPECT_TRUE((*end)->ok()) << (*end)->status();
  return (*end)->ok() ? ***end : Offset(-1);
}

std::unique_ptr<LogReader> EventLogContract::ReaderAt(std::vector<ReadFrom> starts) {
  auto reader = log().OpenReader(std::move(starts));
  EXPECT_TRUE(reader.ok()) << reader.status();
  if (!reader.ok()) return nullptr;
  (*reader)->SetWake([this] { Notify(); });
  return *std::move(reader);
}

std::vector<KeptRecord> EventLogContract::ReadAll(TopicPartition source, Offset from,
                                                  bool or_oldest) {
  std::vector<KeptRecord> all;
  const Offset end = EndOf(source);
  const auto reader = ReaderAt({{source, from, or_oldest}});
  if (reader == nullptr) return all;
  ReadBatch batch;
  const bool reached = WaitUntil([&] {
    const absl::Status status = reader->Poll(100, &batch);
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
    for (const RecordView& view : batch.records) {
      EXPECT_EQ(view.source, source);
      EXPECT_GE(view.offset, from);
      EXPECT_TRUE(all.empty() || view.offset > all.back().offset) << "offsets must rise";
      all.push_back(Keep(view));
    }
    for (const EndOfPartition& eof : batch.ends) {
      if (eof.end >= end) return true;
    }
    return !all.empty() && all.back().offset.Next() >= end;
  });
  EXPECT_TRUE(reached) << "the reader never reached the end";
  return all;
}

void EventLogContract::AppendFiveAndTrimThree(std::vector<Offset>* offsets) {
  for (int i = 0; i < 5; ++i)
    offsets->push_back(MustAppend(Complaints(0), Text(std::to_string(i))));
  const absl::Status trimmed = under_test().Trim(log(), Complaints(0), offsets->at(3));
  ASSERT_TRUE(trimmed.ok()) << trimmed;
}

absl::Status EventLogContract::FirstError(TopicPartition source, Offset from, bool or_oldest) {
  const auto reader = ReaderAt({{source, from, or_oldest}});
  if (reader == nullptr) return absl::InternalError("no reader");
  ReadBatch batch;
  absl::Status status;
  const bool answered = WaitUntil([&] {
    status = reader->Poll(100, &batch);
    if (absl::IsUnavailable(status)) return false;
    return !status.ok() || !batch.records.empty() || !batch.ends.empty();
  });
  EXPECT_TRUE(answered) << "neither an error nor a record nor the end came";
  return status;
}

std::vector<std::string> ValuesOf(const std::vector<KeptRecord>& records) {
  std::vector<std::string> values;
  for (const KeptRecord& kept : records) values.push_back(kept.record.value.value_or("(null)"));
  return values;
}

}  // namespace redress
