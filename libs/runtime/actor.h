// The actor: for each row of work in owned units it asks the pure decider and appends the event
// (architecture §4). It remembers what is in flight, tries again after a time-out with the same
// request id, decides a lost race again at once, holds a complaint's rows for 200 ms after a
// person's event lost, and parks a row that fails five times on an unchanged state. A step machine.
// One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/domain/decision.h"
#include "libs/domain/state_view.h"
#include "libs/event_log/event_log.h"
#include "libs/runtime/counters.h"
#include "libs/runtime/executor.h"
#include "libs/runtime/projector.h"

namespace redress {

// Append this event; it answers the row.
struct WorkEvent {
  EventDraft draft;
  // Policy version used.
  ContentHash policy;
  // None: made from kind, stream, subject, cause and due time.
  RequestId request;
  // The event opens its stream.
  bool opens = false;
};
// Append this record as it is (answers that are no events, e.g. InboundScreened).
struct WorkRecord {
  TopicPartition to;
  Record record;
};
// Not decidable yet: what it rests on is not folded, or not there. Asked again when the time has
// passed, or earlier by `Actor::RetryWaiting`.
struct WorkWaits {
  std::string for_what;
  absl::Duration retry_after = absl::Milliseconds(200);
  // Rows of a kind with the same gate wait for the very same thing: while the first of them does
  // not find it, none behind it would (`WorkTable`). Empty: it waits for something of its own.
  std::string gate;
};
// Nothing follows any more: folding will remove the row, or already has.
struct WorkIsStale {};

using WorkAnswer = std::variant<WorkEvent, WorkRecord, WorkWaits, WorkIsStale>;

class WorkDecider {
 public:
  virtual ~WorkDecider() = default;
  // Name of the kind, e.g. "assess": part of the request id and of the metrics. Never changed.
  virtual std::string_view KindName(WorkKind kind) const = 0;
  // Which ownership a kind belongs to.
  virtual OwnershipKind OwnerOf(WorkKind kind) const = 0;
  // The stream to decide on; by default the row's own.
  virtual absl::StatusOr<StreamId> TargetOf(const WorkItem& item) { return item.stream; }
  // The decision. `row` is the target's folded row (possibly not existing); reads go through
  // `view`.
  virtual WorkAnswer Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                            absl::Time now) = 0;
  // Told when a row's event has been appended / is no longer in flight, for deciders that count
  // their own pending answers (the router's load).
  virtual void OnInFlight(const WorkItem& item, const google::protobuf::Message* payload) {}
  virtual void OnLanded(const WorkItem& item) {}
};

class Actor final : public JudgedListener {
 public:
  struct Options {
    std::string service;
    // The order in which kinds are served when several have rows.
    std::vector<WorkKind> kinds;
    absl::Duration append_timeout = absl::Seconds(5);
    absl::Duration hold_after_loss = absl::Milliseconds(200);
    int failures_until_parked = 5;
    size_t max_in_flight = 256;
    size_t decisions_per_step = 256;
    // Rows that turn out to wait, in one step: folding goes on between them.
    size_t waits_per_step = 1024;
  };

  // All must outlive the actor.
  Actor(Options options, EventLog* log, Projector* projector, WorkDecider* decider, Clock* clock,
        Random* random, Executor* executor, RuntimeCounters* counters);

  // Units owned from now on. Work is taken up once the units are folded to the end seen at
  // take-over.
  void SetOwned(OwnershipKind kind, const std::vector<Partition>& units);

  // Decides and appends for up to `decisions_per_step` rows. True when there may be more at once.
  absl::StatusOr<bool> Step();
  // When Step should be called again though nothing was folded.
  absl::Time next_wake() const { return next_wake_; }

  void OnJudged(TopicPartition source, Offset offset, const JudgedHeader& header,
                Verdict verdict) override;
  // The record that `WorkRecord` named was read back.
  void OnRecordSeen(const WorkItem& item);

  // What the waiting rows of a kind wait for may be there now (capacity): they are decided again,
  // of those behind one gate as many as find it.
  void RetryWaiting(WorkKind kind) { projector_->work().OpenGates(kind); }
  // What they wait for may be another thing now (a policy): all are decided again.
  void RetryAll(WorkKind kind) { projector_->work().OfferAll(kind); }

  // Appends of this actor not yet judged.
  size_t in_flight() const { return in_flight_.size(); }
  // Rows of owned units to be answered or with an answer in flight; not those that are parked or
  // wait for something else.
  size_t work_ahead() const;
  // Rows of a kind that failed too often on an unchanged state.
  uint64_t parked(WorkKind kind) const { return projector_->work().parked(kind); }
  // Called by tests to wait for quiet: nothing in flight and no row that could be acted on.
  bool idle() const { return in_flight_.empty() && all_served_; }
  void SetWake(absl::AnyInvocable<void()> wake) { wake_ = std::move(wake); }

 private:
  using Row = WorkTable::Row;

  struct InFlight {
    WorkItem item;
    StreamId target;
    EventId event;
    RequestId request;
    absl::Time since;
    bool record_only = false;
  };

  void TakeOver(OwnershipKind kind, Partition unit, uint64_t change);
  enum class Served { kDecided, kWaits, kLeft };
  // kLeft: not now, or nothing to do.
  absl::StatusOr<Served> Serve(Row* row, absl::Time now);
  void AppendEvent(const WorkItem& item, const ComplaintRow& row, const StateView& view,
                   WorkEvent answer, absl::Time now, absl::Time decided_at);
  void Append(const WorkItem& item, const StreamId& target, const EventId& event,
              const RequestId& request, TopicPartition to, Record record, bool record_only,
              absl::Time now);
  void OnAppended(const EventId& event, const AppendOutcome& outcome);
  void Land(const EventId& event);
  void Hold(const StreamId& stream);
  void WaitUntil(absl::Time at, Row* row, const std::string& gate = "");
  void Fail(const WorkItem& item, Version at, bool park_at_once);
  void ExpireInFlight(absl::Time now);
  int64_t OldestWork() const;
  bool Owns(const WorkItem& item) const;
  RequestId RequestOf(const WorkItem& item) const;
  event::v1::Actor SelfActor() const;
  void WakeAt(absl::Time at) { next_wake_ = std::min(next_wake_, at); }

  const Options options_;
  EventLog* const log_;
  Projector* const projector_;
  WorkDecider* const decider_;
  Clock* const clock_;
  Random* const random_;
  Executor* const executor_;
  RuntimeCounters* const counters_;
  absl::AnyInvocable<void()> wake_;

  std::map<OwnershipKind, std::set<Partition>> owned_;
  std::map<OwnershipKind, uint64_t> ownership_changes_;
  absl::flat_hash_map<EventId, InFlight> in_flight_;
  // Answers that are no events, by the identity of their row: they are found again by it.
  std::map<std::tuple<WorkKind, StreamId, std::string>, EventId> records_in_flight_;
  // Appends in the order of their time; those that have landed are skipped.
  std::deque<std::pair<absl::Time, EventId>> expiring_;
  // One event in flight per stream.
  absl::flat_hash_map<StreamId, EventId> streams_in_flight_;
  absl::flat_hash_map<StreamId, absl::Time> held_until_;
  absl::Time age_known_at_ = absl::InfinitePast();
  absl::Time next_wake_ = absl::InfiniteFuture();
  bool all_served_ = true;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace redress
