#include "libs/event_log/embedded/embedded_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libs/base/status.h"
#include "libs/event_log/embedded/record_codec.h"

namespace redress {
namespace {

// Bounds of one step.
constexpr size_t kMaxBatchesPerPoll = 64;
constexpr size_t kMaxStorageBytesPerPoll = 4 << 20;

// What one scan found, and the views into it.
struct StoredBatch {
  std::vector<StoredRecord> rows;
  HeaderArena headers;
};

std::string Name(TopicPartition tp) {
  return std::string(TopicName(tp.topic)) + " partition " + std::to_string(tp.partition.value());
}

absl::Status Gone(TopicPartition tp, Offset position, Offset oldest) {
  return absl::OutOfRangeError(Name(tp) + ": offset " + std::to_string(position.value()) +
                               " is before the oldest record, which is at " +
                               std::to_string(oldest.value()) + " or above");
}

}  // namespace

void ReaderWake::Ring() {
  if (!armed_.exchange(false)) return;
  MutexLock lock(mutex_);
  if (wake_) wake_();
}

void ReaderWake::Set(absl::AnyInvocable<void()> wake) {
  MutexLock lock(mutex_);
  wake_ = std::move(wake);
}

void ReaderWake::Close() {
  closed_ = true;
  Set(nullptr);
}

EmbeddedReader::EmbeddedReader(const LogStorage* storage, const CommitChain* chain,
                               const PartitionTable* table, std::shared_ptr<ReaderWake> wake,
                               const std::vector<ReadFrom>& starts)
    : storage_(storage),
      chain_(chain),
      table_(table),
      wake_(std::move(wake)),
      source_of_(table->size(), -1) {
  for (const ReadFrom& start : starts) {
    const int partition = table->IndexOf(start.source);
    source_of_[partition] = static_cast<int>(sources_.size());
    Source source;
    source.partition = partition;
    source.tp = start.source;
    source.position = start.Start(chain_->Oldest(source.partition));
    sources_.push_back(source);
  }
}

EmbeddedReader::~EmbeddedReader() { wake_->Close(); }

void EmbeddedReader::SetWake(absl::AnyInvocable<void()> wake) { wake_->Set(std::move(wake)); }

absl::Status EmbeddedReader::Poll(size_t max_records, ReadBatch* batch) {
  batch->Clear();
  if (!checked_) {
    start_error_ = CheckStarts();
    checked_ = true;
  }
  // An error of the start stays: that the log grows beyond it later does not make it right.
  REDRESS_RETURN_IF_ERROR(start_error_);
  const absl::Status status = Step(std::max<size_t>(max_records, 1), batch);
  // What was read before the error is delivered; the error comes again with the next poll.
  return batch->records.empty() ? status : absl::OkStatus();
}

absl::Status EmbeddedReader::Step(size_t max_records, ReadBatch* batch) {
  while (true) {
    if (!joined_) {
      REDRESS_RETURN_IF_ERROR(CatchUp(max_records, batch));
      if (!joined_ || batch->records.size() == max_records) return absl::OkStatus();
    }
    bool again = false;
    REDRESS_RETURN_IF_ERROR(Follow(max_records, batch, &again));
    if (!again) return absl::OkStatus();
  }
}

absl::Status EmbeddedReader::CheckStarts() {
  for (const Source& source : sources_) {
    const Offset oldest = chain_->Oldest(source.partition);
    if (source.position < oldest) return Gone(source.tp, source.position, oldest);
    const Offset end = chain_->End(source.partition);
    if (source.position > end) {
      return absl::OutOfRangeError(
          Name(source.tp) + ": offset " + std::to_string(source.position.value()) +
          " is beyond the end of the log, which is at " + std::to_string(end.value()));
    }
  }
  return absl::OkStatus();
}

absl::Status EmbeddedReader::CatchUp(size_t max_records, ReadBatch* batch) {
  if (!has_goal_) {
    std::vector<Offset> ends;
    sequence_ = chain_->Join(&ends);
    index_ = 0;
    for (Source& source : sources_) source.goal = ends[source.partition];
    has_goal_ = true;
  }
  for (Source& source : sources_) {
    while (source.position < source.goal) {
      if (batch->records.size() == max_records) return absl::OkStatus();
      const size_t before = batch->records.size();
      REDRESS_RETURN_IF_ERROR(CatchUpSource(&source, max_records - before, batch));
      // One scan of some size is enough work for one step.
      if (batch->records.size() > before && source.position < source.goal) return absl::OkStatus();
    }
  }
  joined_ = true;
  return absl::OkStatus();
}

absl::Status EmbeddedReader::CatchUpSource(Source* source, size_t max_records, ReadBatch* batch) {
  auto found = std::make_shared<StoredBatch>();
  std::vector<StoredRecord>& rows = found->rows;
  bool more = false;
  REDRESS_RETURN_IF_ERROR(storage_->Scan(source->tp, source->position, source->goal, max_records,
                                         kMaxStorageBytesPerPoll, &rows, &more));
  // Asked after the scan: what was trimmed during it is noticed, not skipped.
  const Offset oldest = chain_->Oldest(source->partition);
  if (source->position < oldest) return Gone(source->tp, source->position, oldest);
  const size_t before = batch->records.size();
  for (const StoredRecord& row : rows) {
    RecordView& view = batch->records.emplace_back();
    view.source = source->tp;
    view.offset = row.offset;
    view.owner = static_cast<uint32_t>(batch->owners.size());
    const absl::Status decoded = DecodeRecord(row.bytes, &found->headers, &view);
    if (!decoded.ok()) {
      batch->records.resize(before);
      return absl::DataLossError(Name(source->tp) + " offset " +
                                 std::to_string(row.offset.value()) + ": " +
                                 std::string(decoded.message()));
    }
    if (IsGenesis(view)) batch->records.pop_back();
  }
  source->position = more ? rows.back().offset.Next() : source->goal;
  batch->owners.push_back(std::move(found));
  return absl::OkStatus();
}

absl::Status EmbeddedReader::Follow(size_t max_records, ReadBatch* batch, bool* again) {
  followed_.clear();
  const CommitChain::Followed found =
      chain_->Follow(sequence_, kMaxBatchesPerPoll, &followed_, wake_->armed());
  if (found == CommitChain::Followed::kFellOff) {
    joined_ = false;
    has_goal_ = false;
    *again = batch->records.empty();
    return absl::OkStatus();
  }
  for (const auto& committed : followed_) {
    const size_t before = batch->records.size();
    const absl::Status status = DeliverBatch(*committed, max_records, batch);
    if (batch->records.size() > before) batch->owners.push_back(committed);
    REDRESS_RETURN_IF_ERROR(status);
    if (index_ < committed->records.size()) return absl::OkStatus();
    ++sequence_;
    index_ = 0;
  }
  if (found == CommitChain::Followed::kNewest) AnnounceEnds(batch);
  // A poll without a record must end by arming the wake-up, which happens only where the chain has
  // no more.
  *again = batch->records.empty() && !followed_.empty();
  followed_.clear();
  return absl::OkStatus();
}

absl::Status EmbeddedReader::DeliverBatch(const CommittedBatch& committed, size_t max_records,
                                          ReadBatch* batch) {
  const CommittedBatch::Views& views = committed.ViewsOf(*table_);
  for (; index_ < committed.records.size(); ++index_) {
    const CommittedRecord& record = committed.records[index_];
    const int slot = source_of_[record.partition];
    if (slot < 0 || record.offset < sources_[slot].position) continue;
    if (batch->records.size() == max_records) break;
    if (index_ >= views.records.size()) return views.status;
    if (!IsGenesis(views.records[index_])) {
      batch->records.push_back(views.records[index_]);
      batch->records.back().owner = static_cast<uint32_t>(batch->owners.size());
    }
    sources_[slot].position = record.offset.Next();
  }
  return absl::OkStatus();
}

void EmbeddedReader::AnnounceEnds(ReadBatch* batch) {
  for (Source& source : sources_) {
    if (source.announced == source.position) continue;
    source.announced = source.position;
    batch->ends.push_back({source.tp, source.position});
  }
}

}  // namespace redress
