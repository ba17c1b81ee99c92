#include "libs/event_log/embedded/embedded_log.h"

#include <pthread.h>

#include <algorithm>
#include <set>

#include "libs/base/check.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/event_log/embedded/embedded_reader.h"
#include "libs/event_log/embedded/record_codec.h"
#include "libs/event_log/ownership_units.h"

namespace redress {
namespace {

// Between two attempts to open a database that a disk error closed.
constexpr std::chrono::milliseconds kRecoveryPause(100);
// Of memory, for a record in the chain beyond its bytes.
constexpr size_t kRecordOverhead = sizeof(CommittedRecord);

AppendOutcome NotAppended(absl::Status why) {
  return {AppendOutcome::Kind::kNotAppended, Offset(), std::move(why)};
}

// Shared by the ownership object and the task that makes the first call.
struct OwnershipCall {
  Mutex mutex;
  bool dropped = false;
};

// One process has the log, so one instance has every unit.
class SoleOwnership final : public Ownership {
 public:
  explicit SoleOwnership(std::shared_ptr<OwnershipCall> call) : call_(std::move(call)) {}
  ~SoleOwnership() override {
    MutexLock lock(call_->mutex);
    call_->dropped = true;
  }

 private:
  const std::shared_ptr<OwnershipCall> call_;
};

}  // namespace

EmbeddedLog::EmbeddedLog(EmbeddedLogOptions options)
    : options_(std::move(options)),
      queue_(options_.limits),
      wakes_(std::make_shared<std::vector<std::shared_ptr<ReaderWake>>>()) {}

EmbeddedLog::~EmbeddedLog() {
  queue_.Close();
  if (thread_.joinable()) thread_.join();
}

void EmbeddedLog::Append(TopicPartition to, Record record, AppendDone done) {
  const auto refuse = [&](absl::Status why) {
    // Also a refusal is never delivered inside the call.
    queue_.PushTask([this, done = std::move(done), why = std::move(why)]() mutable {
      {
        MutexLock lock(mutex_);
        ++stats_.not_appended;
      }
      done(NotAppended(std::move(why)));
    });
  };
  PendingAppend append;
  append.partition = table_.IndexOf(to);
  if (append.partition < 0) {
    return refuse(absl::InvalidArgumentError("no partition " +
                                             std::to_string(to.partition.value()) + " of " +
                                             std::string(TopicName(to.topic))));
  }
  const size_t bytes = RecordBytes(record);
  if (bytes > kMaxRecordBytes) {
    return refuse(absl::InvalidArgumentError("a record of " + std::to_string(bytes) +
                                             " bytes; the most is " +
                                             std::to_string(kMaxRecordBytes)));
  }
  append.bytes = EncodeRecord(record);
  append.done = std::move(done);
  append.queued = std::chrono::steady_clock::now();
  if (!queue_.Push(append)) {
    done = std::move(append.done);
    refuse(absl::ResourceExhaustedError("too many appends wait for the disk"));
  }
}

absl::StatusOr<std::unique_ptr<LogReader>> EmbeddedLog::OpenReader(std::vector<ReadFrom> starts) {
  std::set<TopicPartition> named;
  for (const ReadFrom& start : starts) {
    if (table_.IndexOf(start.source) < 0 || !named.insert(start.source).second) {
      return absl::InvalidArgumentError(
          "partition " + std::to_string(start.source.partition.value()) + " of " +
          std::string(TopicName(start.source.topic)) + " does not exist or is named twice");
    }
  }
  auto wake = std::make_shared<ReaderWake>();
  {
    MutexLock lock(mutex_);
    auto wakes = std::make_shared<std::vector<std::shared_ptr<ReaderWake>>>();
    for (const auto& other : *wakes_) {
      if (!other->closed()) wakes->push_back(other);
    }
    wakes->push_back(wake);
    wakes_ = std::move(wakes);
  }
  return std::make_unique<EmbeddedReader>(storage_.get(), chain_.get(), &table_, std::move(wake),
                                          starts);
}

void EmbeddedLog::End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) {
  const int partition = table_.IndexOf(of);
  queue_.PushTask([this, partition, done = std::move(done)]() mutable {
    if (partition < 0) return done(absl::InvalidArgumentError("no such partition"));
    done(chain_->End(partition));
  });
}

absl::StatusOr<std::unique_ptr<Ownership>> EmbeddedLog::Own(OwnershipKind kind,
                                                            OwnershipChanged changed) {
  const int32_t units = IsSingleUnit(kind) ? 1 : PartitionCount(TopicOfUnits(kind));
  std::vector<Partition> all;
  for (int32_t unit = 0; unit < units; ++unit) all.push_back(Partition(unit));
  auto call = std::make_shared<OwnershipCall>();
  queue_.PushTask([call, all = std::move(all), changed = std::move(changed)]() mutable {
    MutexLock lock(call->mutex);
    if (!call->dropped) changed(std::move(all));
  });
  return std::make_unique<SoleOwnership>(std::move(call));
}

absl::Status EmbeddedLog::TrimBefore(TopicPartition of, Offset before) {
  const int partition = table_.IndexOf(of);
  if (partition < 0 || before > chain_->End(partition)) {
    return absl::InvalidArgumentError("cannot trim beyond the end of a partition");
  }
  if (before < chain_->Oldest(partition)) return absl::OkStatus();
  // Announced first: a reader that misses rows because of it must find out why.
  chain_->SetOldest(partition, before);
  return storage_->Trim(of, before);
}

EmbeddedLogStats EmbeddedLog::stats() const {
  EmbeddedLogStats stats;
  {
    MutexLock lock(mutex_);
    stats = stats_;
  }
  stats.queued = queue_.records();
  stats.chain_bytes = chain_->bytes();
  stats.usable = storage_->usable();
  return stats;
}

void EmbeddedLog::Run() {
  pthread_setname_np(pthread_self(), "log-commit");
  std::vector<PendingAppend> appends;
  std::vector<LogTask> tasks;
  while (queue_.Take(&appends, &tasks)) {
    if (!appends.empty()) Commit(&appends);
    for (LogTask& task : tasks) task();
  }
}

void EmbeddedLog::Commit(std::vector<PendingAppend>* appends) {
  if (const absl::Status ready = ReadyToWrite(); !ready.ok()) {
    return Answer(appends, Outcomes(appends->size(), NotAppended(ready)));
  }
  auto batch = MakeBatch(appends);
  const absl::Status written = storage_->Write(table_, *batch);
  if (!written.ok()) return Answer(appends, Settle(*batch, written));
  Outcomes outcomes;
  outcomes.reserve(batch->records.size());
  for (const CommittedRecord& record : batch->records) {
    outcomes.push_back({AppendOutcome::Kind::kAppended, record.offset, absl::OkStatus()});
    next_[record.partition] = record.offset.Next();
  }
  {
    MutexLock lock(mutex_);
    ++stats_.commits;
    stats_.bytes += batch->bytes - batch->records.size() * kRecordOverhead;
  }
  Publish(std::move(batch));
  Answer(appends, std::move(outcomes));
}

absl::Status EmbeddedLog::ReadyToWrite() {
  if (!down_.ok() || !storage_->usable()) {
    if (std::chrono::steady_clock::now() < try_again_) return down_;
    REDRESS_RETURN_IF_ERROR(Recover());
  }
  const auto free = storage_->FreeBytes();
  // A file system that cannot tell is not full.
  if (free.ok() && *free < options_.min_free_bytes) {
    return absl::ResourceExhaustedError(
        "the disk of the log in " + options_.folder + " has " + std::to_string(*free >> 20) +
        " MiB left; appending needs " + std::to_string(options_.min_free_bytes >> 20));
  }
  return absl::OkStatus();
}

std::shared_ptr<CommittedBatch> EmbeddedLog::MakeBatch(std::vector<PendingAppend>* appends) {
  auto batch = std::make_shared<CommittedBatch>();
  batch->records.reserve(appends->size());
  // Offsets become final with the write; a batch that failed may give its offsets to the next.
  std::vector<Offset> next = next_;
  for (PendingAppend& append : *appends) {
    const int64_t gap = options_.gap ? options_.gap(table_.all()[append.partition]) : 0;
    const Offset offset(next[append.partition].value() + gap);
    next[append.partition] = offset.Next();
    batch->bytes += append.bytes.size() + kRecordOverhead;
    batch->records.push_back({append.partition, offset, std::move(append.bytes)});
  }
  return batch;
}

EmbeddedLog::Outcomes EmbeddedLog::Settle(const CommittedBatch& batch, const absl::Status& error) {
  Log(LogLevel::kError, "log", "a write failed; opening the database anew",
      {{"error", error.ToString()}});
  if (const absl::Status recovered = Recover(); !recovered.ok()) {
    return Outcomes(batch.records.size(), {AppendOutcome::Kind::kUnknown, Offset(), error});
  }
  // The batch was one atomic write: it is there as a whole, or not at all and never will be.
  Outcomes outcomes;
  for (const CommittedRecord& record : batch.records) {
    if (record.offset < chain_->End(record.partition)) {
      outcomes.push_back({AppendOutcome::Kind::kAppended, record.offset, absl::OkStatus()});
    } else {
      outcomes.push_back(NotAppended(error));
    }
  }
  return outcomes;
}

absl::Status EmbeddedLog::Recover() {
  try_again_ = std::chrono::steady_clock::now() + kRecoveryPause;
  down_ = storage_->Recover();
  REDRESS_RETURN_IF_ERROR(down_);
  auto found = std::make_shared<CommittedBatch>();
  for (int partition = 0; partition < table_.size(); ++partition) {
    bool more = true;
    Offset from = chain_->End(partition);
    while (more) {
      std::vector<StoredRecord> rows;
      down_ = storage_->Scan(table_.all()[partition], from, Offset(INT64_MAX), 1000, SIZE_MAX,
                             &rows, &more);
      REDRESS_RETURN_IF_ERROR(down_);
      for (StoredRecord& row : rows) {
        from = row.offset.Next();
        found->bytes += row.bytes.size() + kRecordOverhead;
        found->records.push_back({partition, row.offset, std::move(row.bytes)});
      }
    }
    next_[partition] = from;
  }
  {
    MutexLock lock(mutex_);
    ++stats_.recoveries;
  }
  Log(LogLevel::kInfo, "log", "the database is open again",
      {{"records_found", uint64_t{found->records.size()}}});
  if (!found->records.empty()) Publish(std::move(found));
  return absl::OkStatus();
}

void EmbeddedLog::Publish(std::shared_ptr<const CommittedBatch> batch) {
  if (options_.before_readers) {
    for (const RecordView& record : batch->ViewsOf(table_).records) options_.before_readers(record);
  }
  chain_->Publish(std::move(batch));
  std::shared_ptr<const std::vector<std::shared_ptr<ReaderWake>>> wakes;
  {
    MutexLock lock(mutex_);
    wakes = wakes_;
  }
  for (const auto& wake : *wakes) wake->Ring();
}

void EmbeddedLog::Answer(std::vector<PendingAppend>* appends, Outcomes outcomes) {
  const auto now = std::chrono::steady_clock::now();
  {
    MutexLock lock(mutex_);
    for (size_t i = 0; i < appends->size(); ++i) {
      switch (outcomes[i].kind) {
        case AppendOutcome::Kind::kAppended:
          ++stats_.appended;
          stats_.append_latency.Add(
              std::chrono::duration_cast<std::chrono::microseconds>(now - (*appends)[i].queued)
                  .count());
          break;
        case AppendOutcome::Kind::kNotAppended:
          ++stats_.not_appended;
          break;
        case AppendOutcome::Kind::kUnknown:
          ++stats_.unknown;
          break;
      }
    }
  }
  for (size_t i = 0; i < appends->size(); ++i) (*appends)[i].done(std::move(outcomes[i]));
}

}  // namespace redress
