#include "libs/event_log/copy/log_copy.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/mutex.h"
#include "libs/base/status.h"
#include "libs/base/text.h"

namespace redress {
namespace {

constexpr size_t kRecordsPerPoll = 1000;
// How often a wait looks whether it should stop.
constexpr absl::Duration kLook = absl::Milliseconds(200);

std::string Describe(TopicPartition of) {
  return absl::StrCat(Absl(TopicName(of.topic)), "/", of.partition.value());
}

absl::StatusOr<Offset> EndOf(EventLog* log, TopicPartition of) {
  struct Answer {
    Mutex mutex;
    Condition changed;
    std::optional<absl::StatusOr<Offset>> end;
  };
  auto answer = std::make_shared<Answer>();
  log->End(of, [answer](absl::StatusOr<Offset> end) {
    MutexLock lock(answer->mutex);
    answer->end = std::move(end);
    answer->changed.NotifyAll();
  });
  MutexLock lock(answer->mutex);
  while (!answer->end) answer->changed.Wait(lock);
  return *answer->end;
}

// A reader that waits: for records, or for the end that it was told.
class BlockingReader {
 public:
  static absl::StatusOr<std::unique_ptr<BlockingReader>> Open(EventLog* log, ReadFrom from) {
    std::unique_ptr<BlockingReader> made(new BlockingReader);
    REDRESS_ASSIGN_OR_RETURN(made->reader_, log->OpenReader({from}));
    made->reader_->SetWake([raw = made.get()] {
      MutexLock lock(raw->mutex_);
      raw->woken_ = true;
      raw->changed_.NotifyAll();
    });
    return made;
  }

  // Some further records; CANCELLED when told to stop.
  absl::Status Next(const std::atomic<bool>* stop, ReadBatch* batch) {
    while (true) {
      if (stop != nullptr && *stop) return absl::CancelledError("stopped; call it again to go on");
      const absl::Status polled = reader_->Poll(kRecordsPerPoll, batch);
      if (!polled.ok() && !absl::IsUnavailable(polled)) return polled;
      if (polled.ok() && !batch->records.empty()) return absl::OkStatus();
      MutexLock lock(mutex_);
      if (!woken_) changed_.WaitFor(lock, kLook);
      woken_ = false;
    }
  }

 private:
  BlockingReader() = default;

  Mutex mutex_;
  Condition changed_;
  bool woken_ = false;
  // Last: it is gone before what its wake-up looks at.
  std::unique_ptr<LogReader> reader_;
};

absl::StatusOr<uint64_t> HashAt(EventLog* log, TopicPartition of, Offset offset,
                                const std::atomic<bool>* stop) {
  REDRESS_ASSIGN_OR_RETURN(const auto reader, BlockingReader::Open(log, {of, offset}));
  ReadBatch batch;
  while (true) {
    REDRESS_RETURN_IF_ERROR(reader->Next(stop, &batch));
    for (const RecordView& record : batch.records) {
      if (record.offset == offset) return RecordHash(record);
      if (record.offset > offset) {
        return absl::FailedPreconditionError(
            absl::StrCat(Describe(of), " has no record at offset ", offset.value()));
      }
    }
  }
}

// Appends under way, and the first thing that went wrong with one.
class Window {
 public:
  explicit Window(size_t size) : size_(size) {}

  // Waits for room. Not OK: an earlier append failed.
  absl::Status Enter() {
    MutexLock lock(mutex_);
    while (open_ >= size_ && failed_.ok()) changed_.Wait(lock);
    if (failed_.ok()) ++open_;
    return failed_;
  }
  void Leave(absl::Status outcome) {
    MutexLock lock(mutex_);
    --open_;
    if (failed_.ok()) failed_ = std::move(outcome);
    changed_.NotifyAll();
  }
  absl::Status Drain() {
    MutexLock lock(mutex_);
    while (open_ > 0) changed_.Wait(lock);
    return failed_;
  }

 private:
  const size_t size_;
  Mutex mutex_;
  Condition changed_;
  size_t open_ = 0;
  absl::Status failed_;
};

Record CopyOf(const RecordView& view) {
  Record record;
  if (view.key) record.key = std::string(*view.key);
  if (view.value) record.value = std::string(*view.value);
  for (const auto& [name, value] : view.headers)
    record.headers.push_back({std::string(name), std::string(value)});
  record.timestamp_ms = view.timestamp_ms;
  return record;
}

absl::Status OutcomeOf(const AppendOutcome& outcome, TopicPartition of, Offset wanted) {
  if (outcome.kind == AppendOutcome::Kind::kUnknown) {
    return absl::UnavailableError(absl::StrCat(Describe(of), ": no answer to an append (",
                                               outcome.status.ToString(),
                                               "); call it again to go on"));
  }
  if (outcome.kind == AppendOutcome::Kind::kNotAppended) return outcome.status;
  if (outcome.offset == wanted) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(Describe(of), ": the record of offset ", wanted.value(), " came to offset ",
                   outcome.offset.value(),
                   ": somebody else appends to the target; begin again with new topics"));
}

class Copy {
 public:
  Copy(EventLog* from, EventLog* to, const LogCopyOptions& options)
      : from_(from), to_(to), options_(options) {}

  absl::StatusOr<LogCopyCounts> Run() {
    REDRESS_RETURN_IF_ERROR(CheckShape());
    std::vector<std::pair<TopicPartition, Offset>> ends;
    for (int topic = 0; topic < kTopicCount; ++topic) {
      for (int32_t p = 0; p < from_->PartitionCount(static_cast<Topic>(topic)); ++p) {
        const TopicPartition of{static_cast<Topic>(topic), Partition(p)};
        REDRESS_ASSIGN_OR_RETURN(const Offset end, EndOf(from_, of));
        // A compacted topic keeps no offsets, and until parts are sealed it holds no keys.
        if (of.topic == Topic::kKeys) {
          if (end > Offset(1))
            return absl::FailedPreconditionError("the log holds keys, which cannot be copied yet");
          continue;
        }
        counts_.total += static_cast<uint64_t>(end.value());
        ends.emplace_back(of, end);
      }
    }
    for (const auto& [of, end] : ends) REDRESS_RETURN_IF_ERROR(CopyPartition(of, end));
    Report();
    return counts_;
  }

 private:
  absl::Status CheckShape() const {
    if (from_->log_id() != to_->log_id()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the target is another log (", to_->log_id().ToHex(), ", not ",
                       from_->log_id().ToHex(), "): its topics must be new"));
    }
    for (int i = 0; i < kTopicCount; ++i) {
      const auto topic = static_cast<Topic>(i);
      if (from_->PartitionCount(topic) == to_->PartitionCount(topic)) continue;
      return absl::FailedPreconditionError(
          absl::StrCat("topic ", Absl(TopicName(topic)), " has ", from_->PartitionCount(topic),
                       " partitions in the source and ", to_->PartitionCount(topic),
                       " in the target: ids are spread by that number, it cannot change"));
    }
    return absl::OkStatus();
  }

  absl::Status CopyPartition(TopicPartition of, Offset end) {
    REDRESS_ASSIGN_OR_RETURN(const Offset present, EndOf(to_, of));
    if (present > end) {
      return absl::FailedPreconditionError(absl::StrCat(Describe(of), ": the target has ",
                                                        present.value(),
                                                        " records, the source only ", end.value()));
    }
    counts_.present += static_cast<uint64_t>(present.value());
    if (present > Offset(1)) REDRESS_RETURN_IF_ERROR(CheckLast(of, Offset(present.value() - 1)));
    if (present == end) return absl::OkStatus();
    REDRESS_ASSIGN_OR_RETURN(const auto reader, BlockingReader::Open(from_, {of, present}));
    auto window = std::make_shared<Window>(options_.window);
    const absl::Status copied = CopyFrom(reader.get(), of, present, end, window);
    // Appends under way are answered before anything else is done, whatever went wrong.
    const absl::Status drained = window->Drain();
    return copied.ok() ? drained : copied;
  }

  absl::Status CopyFrom(BlockingReader* reader, TopicPartition of, Offset next, Offset end,
                        const std::shared_ptr<Window>& window) {
    ReadBatch batch;
    while (next < end) {
      REDRESS_RETURN_IF_ERROR(reader->Next(options_.stop, &batch));
      for (const RecordView& record : batch.records) {
        if (record.offset != next) {
          return absl::FailedPreconditionError(absl::StrCat(
              Describe(of), ": the source has no record at offset ", next.value(), ", but one at ",
              record.offset.value(), ": the target could not keep its offsets"));
        }
        REDRESS_RETURN_IF_ERROR(window->Enter());
        to_->Append(of, CopyOf(record), [window, of, wanted = next](AppendOutcome outcome) {
          window->Leave(OutcomeOf(outcome, of, wanted));
        });
        ++counts_.copied;
        next = next.Next();
        if (next == end) break;
      }
      Report();
    }
    return absl::OkStatus();
  }

  // What the target ends with is what the source has there.
  absl::Status CheckLast(TopicPartition of, Offset last) {
    REDRESS_ASSIGN_OR_RETURN(const uint64_t theirs, HashAt(to_, of, last, options_.stop));
    REDRESS_ASSIGN_OR_RETURN(const uint64_t ours, HashAt(from_, of, last, options_.stop));
    if (theirs == ours) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(Describe(of), ": at offset ", last.value(),
                     " the target holds another record than the source"));
  }

  void Report() {
    if (options_.progress) options_.progress(counts_);
  }

  EventLog* const from_;
  EventLog* const to_;
  const LogCopyOptions& options_;
  LogCopyCounts counts_;
};

}  // namespace

absl::StatusOr<LogCopyCounts> CopyLog(EventLog* from, EventLog* to, const LogCopyOptions& options) {
  return Copy(from, to, options).Run();
}

}  // namespace redress
