#include "libs/runtime/actor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/event_log/ownership_units.h"
#include "libs/runtime/decision_time.h"
#include "libs/runtime/event_append.h"

namespace redress {
namespace {

// Streams held at most before those whose time is over are forgotten.
constexpr size_t kMaxHeld = 10'000;
// How often the age of the oldest row is looked up.
constexpr absl::Duration kAgeInterval = absl::Seconds(1);

}  // namespace

Actor::Actor(Options options, EventLog* log, Projector* projector, WorkDecider* decider,
             Clock* clock, Random* random, Executor* executor, RuntimeCounters* counters)
    : options_(std::move(options)),
      log_(log),
      projector_(projector),
      decider_(decider),
      clock_(clock),
      random_(random),
      executor_(executor),
      counters_(counters) {
  projector_->AddListener(this);
}

void Actor::SetOwned(OwnershipKind kind, const std::vector<Partition>& units) {
  std::set<Partition>& owned = owned_[kind];
  const uint64_t change = ++ownership_changes_[kind];
  std::set<Partition> kept;
  for (Partition unit : units) {
    if (owned.count(unit) > 0) kept.insert(unit);
  }
  owned = kept;
  for (Partition unit : units) {
    if (kept.count(unit) == 0) TakeOver(kind, unit, change);
  }
}

void Actor::TakeOver(OwnershipKind kind, Partition unit, uint64_t change) {
  // A new owner first folds to the end that it sees now, so that it does not redo what its
  // predecessor did.
  const Topic topic = TopicOfUnits(kind);
  std::vector<Partition> partitions = {unit};
  if (IsSingleUnit(kind)) {
    partitions.clear();
    for (int32_t p = 0; p < log_->PartitionCount(topic); ++p) partitions.push_back(Partition(p));
  }
  auto missing = std::make_shared<size_t>(partitions.size());
  std::weak_ptr<bool> alive = alive_;
  const auto folded = [this, alive, kind, unit, change, missing] {
    if (alive.expired() || --*missing > 0 || ownership_changes_[kind] != change) return;
    owned_[kind].insert(unit);
    if (wake_) wake_();
  };
  for (Partition partition : partitions) {
    const TopicPartition source{topic, partition};
    // The answer may come when this actor is gone: its executor outlives it.
    log_->End(source,
              [this, executor = executor_, alive, source, folded](absl::StatusOr<Offset> end) {
                executor->Post([this, alive, source, folded, end = std::move(end)] {
                  if (alive.expired()) return;
                  // Without an answer the take-over goes ahead: ownership is never a permission,
                  // the verdict protects.
                  projector_->WhenFolded(source, end.ok() ? *end : Offset(0),
                                         FoldWaits::Until::kFolded, folded);
                });
              });
  }
}

bool Actor::Owns(const WorkItem& item) const {
  const OwnershipKind kind = decider_->OwnerOf(item.kind);
  auto owned = owned_.find(kind);
  if (owned == owned_.end()) return false;
  return owned->second.count(IsSingleUnit(kind) ? Partition(0) : item.unit) > 0;
}

size_t Actor::work_ahead() const {
  size_t rows = 0;
  for (WorkKind kind : options_.kinds) {
    const OwnershipKind owner = decider_->OwnerOf(kind);
    const auto owned = owned_.find(owner);
    if (owned == owned_.end() || owned->second.empty()) continue;
    for (const auto& [unit, count] : projector_->work().under_way(kind))
      rows += owned->second.count(IsSingleUnit(owner) ? Partition(0) : unit) > 0 ? count : 0;
  }
  return rows;
}

absl::StatusOr<bool> Actor::Step() {
  const absl::Time now = clock_->Now();
  next_wake_ = absl::InfiniteFuture();
  all_served_ = true;
  ExpireInFlight(now);
  WakeAt(projector_->work().OfferDue(now));
  if (!projector_->caught_up()) return false;
  if (now >= age_known_at_ + kAgeInterval || now < age_known_at_) {
    age_known_at_ = now;
    counters_->oldest_work_us = OldestWork();
  }
  counters_->parked_rows = projector_->work().parked();
  size_t decisions = 0, waits = 0;
  for (WorkKind kind : options_.kinds) {
    // The decision may not change the rows, only take the one it is about; rows go when their event
    // is folded.
    const WorkTable::Offered& offered = projector_->work().offered(kind);
    Row* row = nullptr;
    // From the row served last: serving it may have offered one that comes before the others.
    for (auto it = offered.begin(); it != offered.end(); it = offered.upper_bound(row)) {
      row = *it;
      if (row->item.not_before_us != 0 && FromMicros(row->item.not_before_us) > now) {
        // Timers stand in the order of their due time, so none of the others is due either.
        if (row->item.not_before_us == row->item.order) {
          WakeAt(FromMicros(row->item.not_before_us));
          break;
        }
        WaitUntil(FromMicros(row->item.not_before_us), row);
        continue;
      }
      if (!Owns(row->item)) continue;
      if (in_flight_.size() >= options_.max_in_flight) {
        all_served_ = false;
        return false;
      }
      REDRESS_ASSIGN_OR_RETURN(const Served served, Serve(row, now));
      projector_->work().Served(row);
      if (served == Served::kDecided) ++decisions;
      if (served == Served::kWaits) ++waits;
      if (decisions >= options_.decisions_per_step || waits >= options_.waits_per_step) {
        all_served_ = false;
        return true;
      }
    }
  }
  return false;
}

int64_t Actor::OldestWork() const {
  int64_t oldest_us = 0;
  for (WorkKind kind : options_.kinds) {
    for (const auto& [place, row] : projector_->work().rows(kind)) {
      if (!Owns(row.item)) continue;
      if (oldest_us == 0 || place.order < oldest_us) oldest_us = place.order;
      break;
    }
  }
  return oldest_us;
}

absl::StatusOr<Actor::Served> Actor::Serve(Row* work, absl::Time now) {
  const WorkItem& item = work->item;
  REDRESS_ASSIGN_OR_RETURN(const StreamId target, decider_->TargetOf(item));
  if (streams_in_flight_.contains(target)) return Served::kLeft;
  auto held = held_until_.find(target);
  if (held != held_until_.end()) {
    if (held->second > now) {
      WakeAt(held->second);
      return Served::kLeft;
    }
    held_until_.erase(held);
  }
  REDRESS_ASSIGN_OR_RETURN(ComplaintRow * row, projector_->LoadComplaint(target));
  if (row->newer) return Served::kLeft;
  if (work->parked) {
    if (work->failed_at == row->head.version()) return Served::kLeft;
    projector_->work().Park(work, false);
    work->failures = 0;
  }
  const absl::Time decided_at = DecisionTime(now, row->newest_recorded_us);
  StateView view(row->state, projector_->kept());
  WorkAnswer answer = decider_->Decide(item, *row, view, decided_at);
  if (auto* waits = std::get_if<WorkWaits>(&answer)) {
    WaitUntil(now + waits->retry_after, work, waits->gate);
    return Served::kWaits;
  }
  if (std::holds_alternative<WorkIsStale>(answer)) return Served::kLeft;
  if (auto* record = std::get_if<WorkRecord>(&answer)) {
    const EventId id = NewEventId(now, *random_);
    Append(item, target, id, RequestOf(item), record->to, std::move(record->record), true, now);
    return Served::kDecided;
  }
  AppendEvent(item, *row, view, std::get<WorkEvent>(std::move(answer)), now, decided_at);
  return Served::kDecided;
}

RequestId Actor::RequestOf(const WorkItem& item) const {
  const std::string due = item.not_before_us != 0 ? std::to_string(item.not_before_us) : "";
  return HashedId<RequestId>({"work", decider_->KindName(item.kind), item.stream.bytes(),
                              item.subject, item.cause.bytes(), due});
}

event::v1::Actor Actor::SelfActor() const {
  event::v1::Actor actor;
  actor.set_kind(event::v1::Actor::SERVICE);
  actor.set_id(options_.service);
  return actor;
}

void Actor::AppendEvent(const WorkItem& item, const ComplaintRow& row, const StateView& view,
                        WorkEvent answer, absl::Time now, absl::Time decided_at) {
  EventOrigin origin;
  origin.event_id = NewEventId(now, *random_);
  origin.stream = row.id;
  origin.request = answer.request ? answer.request : RequestOf(item);
  origin.opens = answer.opens;
  origin.seen = row.head.version();
  origin.reads = view.reads();
  origin.recorded_at_us = ToMicros(decided_at);
  origin.actor = SelfActor();
  origin.causation = item.cause;
  origin.correlation = item.cause;
  origin.causation_depth = 1;
  origin.policy = answer.policy;
  const event::v1::Event event = BuildEvent(origin, answer.draft);
  decider_->OnInFlight(item, answer.draft.payload.get());
  Append(item, row.id, origin.event_id, origin.request, PlaceOf(event, *log_), RecordOf(event),
         false, now);
}

void Actor::Append(const WorkItem& item, const StreamId& target, const EventId& event,
                   const RequestId& request, TopicPartition to, Record record, bool record_only,
                   absl::Time now) {
  if (Row* row = projector_->work().Find(item)) projector_->work().Take(row);
  streams_in_flight_[target] = event;
  in_flight_[event] = {item, target, event, request, now, record_only};
  expiring_.emplace_back(now, event);
  if (record_only) records_in_flight_[item.identity()] = event;
  WakeAt(now + options_.append_timeout);
  ++counters_->actor_appends;
  std::weak_ptr<bool> alive = alive_;
  log_->Append(to, std::move(record),
               [this, executor = executor_, alive, event](AppendOutcome outcome) {
                 // Good outcomes say nothing that the read-back does not say better.
                 if (outcome.kind == AppendOutcome::Kind::kAppended) return;
                 executor->Post([this, alive, event, outcome = std::move(outcome)] {
                   if (!alive.expired()) OnAppended(event, outcome);
                 });
               });
}

void Actor::OnAppended(const EventId& event, const AppendOutcome& outcome) {
  auto it = in_flight_.find(event);
  if (it == in_flight_.end()) return;
  // Unknown: it may still come; the time-out decides again with the same request id.
  if (outcome.kind == AppendOutcome::Kind::kUnknown) return;
  const WorkItem item = it->second.item;
  Land(event);
  if (Row* row = projector_->work().Find(item))
    WaitUntil(clock_->Now() + options_.hold_after_loss, row);
  if (wake_) wake_();
}

void Actor::Land(const EventId& event) {
  auto it = in_flight_.find(event);
  if (it == in_flight_.end()) return;
  decider_->OnLanded(it->second.item);
  if (Row* row = projector_->work().Find(it->second.item)) projector_->work().Offer(row);
  if (it->second.record_only) records_in_flight_.erase(it->second.item.identity());
  auto stream = streams_in_flight_.find(it->second.target);
  if (stream != streams_in_flight_.end() && stream->second == event)
    streams_in_flight_.erase(stream);
  in_flight_.erase(it);
}

void Actor::WaitUntil(absl::Time at, Row* row, const std::string& gate) {
  projector_->work().Wait(row, at, gate);
  WakeAt(at);
}

void Actor::Fail(const WorkItem& item, Version at, bool park_at_once) {
  Row* row = projector_->work().Find(item);
  if (row == nullptr) return;
  if (row->failed_at != at) row->failures = 0;
  row->failed_at = at;
  ++row->failures;
  if (park_at_once || row->failures >= options_.failures_until_parked)
    projector_->work().Park(row, true);
}

void Actor::OnJudged(TopicPartition source, Offset, const JudgedHeader& header, Verdict verdict) {
  auto it = in_flight_.find(header.event);
  if (it == in_flight_.end()) {
    const bool lost = verdict == Verdict::kConflict || verdict == Verdict::kTooOld;
    // Somebody else's event lost a race. Where it was a person's, let the person win next time.
    if (lost && header.command_hash) Hold(header.stream);
    return;
  }
  const InFlight flight = it->second;
  counters_->append_latency.Record(absl::ToInt64Microseconds(clock_->Now() - flight.since));
  Land(header.event);
  switch (verdict) {
    case Verdict::kEffective:
      break;
    case Verdict::kDuplicate:
      // The row was answered already; if it is still there, its request id does not name what made
      // it true.
      if (source.topic == Topic::kComplaints && projector_->work().Contains(flight.item)) {
        ++counters_->duplicate_with_row;
        auto row = projector_->LoadComplaint(flight.target);
        if (row.ok()) Fail(flight.item, (*row)->head.version(), true);
      }
      break;
    default: {
      ++counters_->actor_conflicts;
      auto row = projector_->LoadComplaint(flight.target);
      if (row.ok()) Fail(flight.item, (*row)->head.version(), false);
    }
  }
}

void Actor::Hold(const StreamId& stream) {
  const absl::Time now = clock_->Now();
  if (held_until_.size() >= kMaxHeld)
    absl::erase_if(held_until_, [&](const auto& held) { return held.second <= now; });
  held_until_[stream] = now + options_.hold_after_loss;
}

void Actor::OnRecordSeen(const WorkItem& item) {
  auto found = records_in_flight_.find(item.identity());
  if (found != records_in_flight_.end()) Land(EventId(found->second));
}

void Actor::ExpireInFlight(absl::Time now) {
  while (!expiring_.empty()) {
    const auto [since, event] = expiring_.front();
    if (in_flight_.contains(event)) {
      if (since + options_.append_timeout > now) return WakeAt(since + options_.append_timeout);
      ++counters_->actor_timeouts;
      Land(event);
    }
    expiring_.pop_front();
  }
}

}  // namespace redress
