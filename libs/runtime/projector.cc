#include "libs/runtime/projector.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/domain/fold.h"
#include "libs/domain/lifecycle.h"
#include "libs/runtime/decoded_event.h"

namespace redress {
namespace {

// A supply that is held back is looked at again so often, whatever happens.
constexpr absl::Duration kHoldInterval = absl::Milliseconds(50);

std::string Describe(TopicPartition source) {
  return absl::StrCat(Absl(TopicName(source.topic)), "/", source.partition.value());
}

std::string NewerKey(uint32_t type, uint32_t schema_version) {
  return RowKey(kNewerTable).U32(type).U32(schema_version).str();
}

bool Knows(uint32_t type, uint32_t schema_version) {
  const PayloadInfo* info = FindPayload(type);
  return info != nullptr && info->schema_version >= schema_version;
}

// The stage decides whether a transition was legal; only services that keep it can tell.
bool IsIllegal(const JudgedRecord& record, storage::v1::StageState::Stage before,
               bool ever_assessed) {
  if (record.info == nullptr || !InLifecycle(record.info->number)) return false;
  return !LifecycleOf(record.info->number, before, ever_assessed).allowed;
}

}  // namespace

Projector::Projector(Options options, EventLog* log, ProjectionStore* store, Projection* projection,
                     Clock* clock, RuntimeCounters* counters)
    : options_(std::move(options)),
      log_(log),
      store_(store),
      projection_(projection),
      clock_(clock),
      counters_(counters),
      overlay_(*store),
      work_({projection->timer_kinds(), options_.timer_window}, &overlay_, *store),
      complaints_(kStreamTable, *store, options_.cached_bytes),
      entities_(kEntityTable, *store, options_.cached_bytes) {
  complaints_.SetOnLoad([this](ComplaintRow* row) { RefreshWork(row); });
}

absl::StatusOr<bool> Projector::NeedsRebuild(const ProjectionStore& store) {
  bool needed = false;
  const std::string prefix(1, kNewerTable);
  REDRESS_RETURN_IF_ERROR(
      store.Scan(prefix, AfterPrefix(prefix), false, [&](std::string_view key, std::string_view) {
        RowKeyReader reader(key);
        const uint32_t type = reader.U32();
        needed = needed || Knows(type, reader.U32());
        return !needed;
      }));
  return needed;
}

absl::Status Projector::Start() {
  REDRESS_ASSIGN_OR_RETURN(auto positions, PositionTable::Load(*store_, log_->log_id()));
  positions_.emplace(std::move(positions));
  REDRESS_RETURN_IF_ERROR(projection_->Start(*store_));
  REDRESS_RETURN_IF_ERROR(work_.Refill(clock_->Now()));
  const std::vector<Topic> supply = projection_->supply();
  Lane judged, supplies{{}, true, nullptr};
  for (Topic topic : projection_->topics())
    (absl::c_linear_search(supply, topic) ? supplies : judged).topics.push_back(topic);
  lanes_.push_back(std::move(judged));
  if (!supplies.topics.empty()) lanes_.push_back(std::move(supplies));
  for (Lane& lane : lanes_) REDRESS_RETURN_IF_ERROR(OpenLane(&lane));
  started_ = true;
  return absl::OkStatus();
}

absl::Status Projector::OpenLane(Lane* lane) {
  std::vector<ReadFrom> starts;
  for (Topic topic : lane->topics) {
    for (int32_t p = 0; p < log_->PartitionCount(topic); ++p) {
      const TopicPartition source{topic, Partition(p)};
      const StoredPosition* stored = positions_->Find(source);
      Source& state = sources_.At(source);
      state.read = true;
      ++behind_;
      // The last record folded is read again, to see that this is still the log it came from.
      if (stored != nullptr) {
        state.unverified = *stored;
        state.folded_end = stored->offset.Next();
      }
      starts.push_back(
          {source, stored != nullptr ? stored->offset : Offset(0), TopicIsTrimmed(topic)});
    }
  }
  REDRESS_ASSIGN_OR_RETURN(lane->reader, log_->OpenReader(std::move(starts)));
  lane->reader->SetWake([this] {
    if (wake_) wake_();
  });
  return absl::OkStatus();
}

absl::StatusOr<bool> Projector::Step() {
  behind_a_step_ = false;
  // A full disk: nothing more is folded until what is in memory has found room.
  const absl::Time now = clock_->Now();
  if (retry_flush_at_ != absl::InfinitePast()) {
    if (now < retry_flush_at_) return false;
    REDRESS_RETURN_IF_ERROR(Flush());
  }
  size_t read = 0;
  for (const Lane& lane : lanes_) {
    const size_t most = RoomFor(lane, now);
    if (lane.supplies) held_at_ = most > 0 ? absl::InfiniteFuture() : now;
    if (most > 0) REDRESS_RETURN_IF_ERROR(StepLane(lane, most, &read));
    if (!lane.supplies) behind_a_step_ = read >= options_.records_per_step;
  }
  const bool more = read > 0;
  if (!counters_->caught_up.load(std::memory_order_relaxed) && caught_up())
    counters_->caught_up = true;
  if (work_.WantsMoreTimers(now)) {
    REDRESS_RETURN_IF_ERROR(Flush());
    // On a full disk what is stored is older than what is in memory: rows would come back that are
    // gone.
    if (retry_flush_at_ == absl::InfinitePast()) REDRESS_RETURN_IF_ERROR(work_.ReadMoreTimers(now));
  }
  const bool full = complaints_.dirty_rows() + overlay_.dirty_rows() >= options_.flush_rows ||
                    overlay_.dirty_bytes() >= options_.flush_bytes;
  if (flush_requested_ || full || now >= next_flush()) REDRESS_RETURN_IF_ERROR(Flush());
  complaints_.Sweep();
  entities_.Sweep();
  counters_->work_rows = work_.size();
  return more;
}

size_t Projector::RoomFor(const Lane& lane, absl::Time now) const {
  const auto waited_for = [this](Topic topic) { return waits_.of(topic) > 0; };
  if (!lane.supplies || !caught_up() || absl::c_any_of(lane.topics, waited_for))
    return options_.records_per_step;
  const size_t ahead = work_ahead_ + projection_->supplied_to_others(now);
  if (ahead >= options_.most_work_ahead) return 0;
  return std::min(options_.records_per_step, options_.most_work_ahead - ahead);
}

absl::Status Projector::StepLane(const Lane& lane, size_t most, size_t* read) {
  const absl::Status polled = lane.reader->Poll(most, &batch_);
  if (absl::IsUnavailable(polled)) return absl::OkStatus();
  REDRESS_RETURN_IF_ERROR(polled);
  for (const RecordView& record : batch_.records) REDRESS_RETURN_IF_ERROR(FoldRecord(record));
  positions_->Keep(batch_);
  for (const EndOfPartition& end : batch_.ends) {
    Source& source = sources_.At(end.source);
    if (!std::exchange(source.at_end, true)) --behind_;
    source.folded_end = std::max(source.folded_end, end.end);
    waits_.Folded(end.source, source.folded_end, all_flushed());
  }
  *read += batch_.records.size();
  batch_.Clear();
  return absl::OkStatus();
}

absl::Status Projector::CheckResumption(const RecordView& record, const StoredPosition& stored) {
  if (record.offset == stored.offset && RecordHash(record) == stored.hash) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the projection of ", options_.service, " stands at offset ",
                   stored.offset.value(), " of ", Describe(record.source),
                   ", but the log holds another record there (offset ", record.offset.value(),
                   "): the log was truncated or grown again; remove the projection to rebuild it"));
}

absl::Status Projector::FoldRecord(const RecordView& record) {
  Source& source = sources_.At(record.source);
  if (source.unverified) {
    // A reader may start earlier than asked: records below the stored position are skipped.
    if (record.offset < source.unverified->offset) return absl::OkStatus();
    const StoredPosition stored = *std::exchange(source.unverified, std::nullopt);
    const bool trimmed = TopicIsTrimmed(record.source.topic) && record.offset > stored.offset;
    if (!trimmed) return CheckResumption(record, stored);
    // What was folded last is gone by time, and perhaps more: it goes on with the oldest there is.
    counters_->trimmed_records +=
        static_cast<uint64_t>(record.offset.value() - stored.offset.value() - 1);
  }
  const StoredPosition* stored = positions_->Find(record.source);
  if (stored != nullptr && record.offset <= stored->offset) return absl::OkStatus();
  const Ordinal ordinal = stored != nullptr ? stored->ordinal.Next() : Ordinal(0);
  if (all_flushed()) dirty_since_ = clock_->Now();
  const bool judged =
      record.source.topic == Topic::kComplaints || record.source.topic == Topic::kDirectory;
  absl::Status folded =
      judged ? FoldJudged(record, ordinal) : projection_->OnPlainRecord(record, ordinal, rows());
  REDRESS_RETURN_IF_ERROR(folded);
  positions_->Advance(record);
  source.folded_end = record.offset.Next();
  waits_.Folded(record.source, source.folded_end, all_flushed());
  return absl::OkStatus();
}

absl::Status Projector::FoldJudged(const RecordView& record, Ordinal ordinal) {
  if (record.source.topic == Topic::kDirectory) {
    return FoldStream<EntityRow>(record, ordinal, &entities_,
                                 [this](const JudgedRecord& judged, EntityRow* row) {
                                   return projection_->OnDirectory(judged, *row, rows());
                                 });
  }
  return FoldStream<ComplaintRow>(record, ordinal, &complaints_,
                                  [this](const JudgedRecord& judged, ComplaintRow* row) {
                                    if (judged.effective()) RefreshWork(row);
                                    return projection_->OnComplaint(judged, *row, rows());
                                  });
}

template <typename Row, typename Table, typename Hook>
absl::Status Projector::FoldStream(const RecordView& record, Ordinal ordinal, Table* table,
                                   Hook hook) {
  constexpr bool kComplaint = std::is_same_v<Row, ComplaintRow>;
  const std::shared_ptr<const DecodedEvent> decoded = DecodedEvent::Of(record);
  if (decoded->malformed()) {
    ++counters_->EventsOf(0).by_verdict[static_cast<int>(Verdict::kMalformed)];
    return projection_->OnMalformed(record, rows());
  }
  const event::v1::Event& event = decoded->event();
  const JudgedHeader& header = decoded->header();
  REDRESS_ASSIGN_OR_RETURN(Row * row, table->Load(header.stream));
  JudgedRecord judged{record, ordinal, event, header, Judge(row->head, header), decoded->info()};
  ++counters_->EventsOf(event.type()).by_verdict[static_cast<int>(judged.verdict)];
  const bool known = decoded->known();
  if (judged.effective()) {
    const AspectSet kept = kComplaint ? projection_->kept() : AspectSet::All();
    const bool wanted =
        known && (!(judged.info->writes & kept).empty() || !judged.info->parts.empty() ||
                  projection_->WantsPayload(*judged.info));
    const bool readable = known && (!wanted || decoded->payload() != nullptr);
    if (known && !readable) ++counters_->unreadable_payloads;
    if (!known) MarkNewer(event.type(), event.header().schema_version());
    if (!row->head.exists()) row->row = {record.source.partition, record.offset};
    const bool refused = event.type() == PayloadOf<event::v1::CommandRefused>().number;
    judged.left_window = row->head.Accept(header, record.offset, refused);
    row->more_follows = event.header().more_follows();
    if (!readable) row->newer = true;
    row->newest_recorded_us = std::max(row->newest_recorded_us, event.header().recorded_at_us());
    if (readable && wanted) {
      judged.payload = decoded->payload();
      if constexpr (kComplaint) {
        const auto before = row->state.stage().stage();
        // Of a stream that this release does not understand it cannot tell.
        if (!row->newer && kept.Has(event::v1::STAGE) &&
            IsIllegal(judged, before, row->state.stage().ever_assessed())) {
          ++counters_->illegal_transitions;
        }
      }
      const FoldedEvent folded{event.header(), event.type(), *judged.payload};
      if constexpr (kComplaint) {
        Apply(folded, kept, &row->state);
      } else {
        Apply(folded, &row->state);
      }
    }
    table->MarkDirty(row);
    if (event.header().recorded_at_us() >
        counters_->newest_recorded_us.load(std::memory_order_relaxed)) {
      counters_->newest_recorded_us = event.header().recorded_at_us();
    }
  }
  REDRESS_RETURN_IF_ERROR(hook(judged, row));
  for (JudgedListener* listener : listeners_) {
    listener->OnJudged(record.source, record.offset, header, judged.verdict);
  }
  return absl::OkStatus();
}

Rows Projector::rows() { return {overlay_, work_, refresh_work_}; }

void Projector::MarkNewer(uint32_t type, uint32_t schema_version) {
  ++counters_->newer_events;
  overlay_.Put(NewerKey(type, schema_version), "");
}

void Projector::RefreshWork(ComplaintRow* row) {
  std::vector<WorkItem> work;
  // What cannot be understood is not decided on.
  if (!row->newer) projection_->WorkOf(*row, &work);
  for (WorkItem& item : work) {
    item.stream = row->id;
    item.unit = row->row.partition;
  }
  // A row just read from the store has its work stored as well.
  if (row->cached) work_.Change(row->work, work);
  row->work = std::move(work);
}

absl::Time Projector::next_wake() const {
  if (retry_flush_at_ != absl::InfinitePast()) return retry_flush_at_;
  return std::min({next_flush(), work_.next_window(), held_at_ + kHoldInterval});
}

absl::Time Projector::next_flush() const { return dirty_since_ + options_.flush_interval; }

absl::Status Projector::Flush() {
  flush_requested_ = false;
  const absl::Time started = clock_->Now();
  RowBatch batch;
  batch.Reserve(overlay_.dirty_rows() + complaints_.dirty_rows() + entities_.dirty_rows() + 64);
  // The overlay first: what it took back from a failed flush is older than the decoded rows.
  overlay_.MoveInto(&batch);
  complaints_.AddTo(&batch);
  entities_.AddTo(&batch);
  if (!batch.empty() || positions_->dirty()) {
    work_.AddCursors(&batch);
    positions_->AddTo(&batch);
    const absl::Status written = store_->Write(batch);
    if (!written.ok()) {
      ++counters_->flush_failures;
      if (!absl::IsResourceExhausted(written)) return written;
      Log(LogLevel::kWarning, options_.service, "cannot flush, the disk is full: folding waits",
          {{"error", written.ToString()}});
      overlay_.TakeBack(batch);
      retry_flush_at_ = started + absl::Seconds(1);
      return absl::OkStatus();
    }
    complaints_.Flushed();
    entities_.Flushed();
    ++counters_->flushes;
    counters_->flushed_rows += batch.size();
    counters_->flushed_bytes += batch.bytes();
    counters_->flush_latency.Record(absl::ToInt64Microseconds(clock_->Now() - started));
  }
  retry_flush_at_ = absl::InfinitePast();
  dirty_since_ = absl::InfiniteFuture();
  waits_.Flushed();
  return absl::OkStatus();
}

void Projector::WhenFolded(TopicPartition source, Offset end, FoldWaits::Until until,
                           std::function<void()> done) {
  waits_.Add(source, end, until, std::move(done));
  waits_.Folded(source, folded_end(source), all_flushed());
}

bool Projector::Reads(TopicPartition source) const {
  const Source* found = sources_.Find(source);
  return found != nullptr && found->read;
}

Offset Projector::folded_end(TopicPartition source) const {
  const Source* found = sources_.Find(source);
  return found == nullptr ? Offset(0) : found->folded_end;
}

}  // namespace redress
