// The projector: reads all partitions from the stored positions, judges every record, folds the
// effective ones into rows, and flushes rows and positions as one batch (architecture §4). A step
// machine: it owns no thread, clock, socket or file. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "libs/base/clock.h"
#include "libs/event_log/event_log.h"
#include "libs/projection/overlay.h"
#include "libs/projection/position_table.h"
#include "libs/projection/projection_store.h"
#include "libs/runtime/counters.h"
#include "libs/runtime/fold_waits.h"
#include "libs/runtime/projection.h"
#include "libs/runtime/stream_table.h"
#include "libs/runtime/work_table.h"

namespace redress {

// Told of every judged record of the complaint and directory topics, after it was folded.
class JudgedListener {
 public:
  virtual ~JudgedListener() = default;
  virtual void OnJudged(TopicPartition source, Offset offset, const JudgedHeader& header,
                        Verdict verdict) = 0;
};

class Projector {
 public:
  struct Options {
    std::string service;
    // Long against the time in which a complaint is assessed, owned and given its clocks, so that
    // most are written once (ADR 0017). Whoever waits for a flush gets one at once.
    absl::Duration flush_interval = absl::Milliseconds(500);
    size_t flush_rows = 40000;
    size_t flush_bytes = 16 << 20;
    // Of decoded rows of each table, as encoded; in memory about five times as much. Enough for
    // what is under way, and no more: what lies there longer has left the processor's caches when
    // it is freed (ADR 0018). Rows that changed stay until they are flushed, however many.
    size_t cached_bytes = 2 << 20;
    size_t records_per_step = 512;
    // How much may be under way, as rows of work here (`SetWorkAhead`) and at others
    // (`Projection::supplied_to_others`), while `Projection::supply` is read on.
    size_t most_work_ahead = 512;
    absl::Duration timer_window = absl::Minutes(10);
  };

  // All must outlive the projector.
  Projector(Options options, EventLog* log, ProjectionStore* store, Projection* projection,
            Clock* clock, RuntimeCounters* counters);

  // Loads positions, verifies them against the log at the first records read, refills the work.
  // FAILED_PRECONDITION: the projection is of another, truncated or regrown log; DATA_LOSS: it is
  // damaged.
  absl::Status Start();
  // Wakes the machine's owner when records may be there; before Start.
  void SetWake(absl::AnyInvocable<void()> wake) { wake_ = std::move(wake); }

  // Folds up to `records_per_step` records and flushes when it is time. True when there may be more
  // at once. An error means that this projection cannot go on (see Start), but RESOURCE_EXHAUSTED
  // (disk full) heals by itself.
  absl::StatusOr<bool> Step();
  // Rows of work under way at this instance (`Actor::work_ahead`); to be said before each step.
  void SetWorkAhead(size_t rows) { work_ahead_ = rows; }
  // The last step read as much as a step may: there is more to fold before anything is decided.
  bool behind() const { return behind_a_step_; }
  // When the next flush is due; InfiniteFuture when nothing changed.
  absl::Time next_flush() const;
  // When Step should be called again though nothing comes: for a flush, for timers, or when a full
  // disk is tried again.
  absl::Time next_wake() const;
  // Flushes at the next step.
  void RequestFlush() { flush_requested_ = true; }
  absl::Status Flush();

  void AddListener(JudgedListener* listener) { listeners_.push_back(listener); }

  // Calls `done` once everything below `end` of the partition is folded (and flushed, if wanted);
  // inside the call when it is.
  void WhenFolded(TopicPartition source, Offset end, FoldWaits::Until until,
                  std::function<void()> done);

  // Folded so far: every record below this offset.
  Offset folded_end(TopicPartition source) const;
  bool Reads(TopicPartition source) const;
  // Every partition has reached the end that it had when folding began.
  bool caught_up() const { return started_ && behind_ == 0; }

  // The folded rows, through the overlay.
  absl::StatusOr<ComplaintRow*> LoadComplaint(const StreamId& id) { return complaints_.Load(id); }
  absl::StatusOr<EntityRow*> LoadEntity(const StreamId& id) { return entities_.Load(id); }
  AspectSet kept() const { return projection_->kept(); }
  WorkTable& work() { return work_; }
  Overlay& overlay() { return overlay_; }
  const ProjectionStore& store() const { return *store_; }

  // A type that this release did not know when it folded it, and knows now: rebuild before
  // deciding.
  static absl::StatusOr<bool> NeedsRebuild(const ProjectionStore& store);

 private:
  // One reader and what it delivers.
  struct Lane {
    std::vector<Topic> topics;
    bool supplies = false;
    std::unique_ptr<LogReader> reader;
  };

  absl::Status OpenLane(Lane* lane);
  // How many records of the lane may be read now.
  size_t RoomFor(const Lane& lane, absl::Time now) const;
  // Adds what was read to `read`.
  absl::Status StepLane(const Lane& lane, size_t most, size_t* read);
  absl::Status FoldRecord(const RecordView& record);
  absl::Status FoldJudged(const RecordView& record, Ordinal ordinal);
  template <typename Row, typename Table, typename Hook>
  absl::Status FoldStream(const RecordView& record, Ordinal ordinal, Table* table, Hook hook);
  absl::Status CheckResumption(const RecordView& record, const StoredPosition& stored);
  void RefreshWork(ComplaintRow* row);
  Rows rows();
  // Nothing that was folded waits to be flushed.
  bool all_flushed() const { return dirty_since_ == absl::InfiniteFuture(); }
  void MarkNewer(uint32_t type, uint32_t schema_version);

  const Options options_;
  EventLog* const log_;
  ProjectionStore* const store_;
  Projection* const projection_;
  Clock* const clock_;
  RuntimeCounters* const counters_;
  absl::AnyInvocable<void()> wake_;

  bool behind_a_step_ = false;
  Overlay overlay_;
  WorkTable work_;
  StreamTable<storage::v1::ComplaintState> complaints_;
  StreamTable<storage::v1::DirectoryState> entities_;
  std::optional<PositionTable> positions_;

  const std::function<absl::Status(const StreamId&)> refresh_work_ =
      [this](const StreamId& id) -> absl::Status {
    auto row = complaints_.Load(id);
    if (row.ok()) RefreshWork(*row);
    return row.status();
  };

  // What is judged and what supplies are read apart, so that the one goes on without the other.
  std::vector<Lane> lanes_;
  size_t work_ahead_ = 0;
  // Since when the supply is not read on; InfiniteFuture: it is.
  absl::Time held_at_ = absl::InfiniteFuture();
  ReadBatch batch_;
  struct Source {
    // The stored last record, as long as it has not been seen again.
    std::optional<StoredPosition> unverified;
    Offset folded_end;
    bool read = false;
    // It has been folded to the end that it had when folding began.
    bool at_end = false;
  };
  PartitionMap<Source> sources_;
  // Sources that are not `at_end`.
  size_t behind_ = 0;
  bool started_ = false;
  std::vector<JudgedListener*> listeners_;
  FoldWaits waits_;

  bool flush_requested_ = false;
  absl::Time dirty_since_ = absl::InfiniteFuture();
  absl::Time retry_flush_at_ = absl::InfinitePast();
};

}  // namespace redress
