#include "libs/event_log/simulated/simulated_log.h"

#include <algorithm>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/time.h"
#include "libs/event_log/genesis/genesis.h"
#include "libs/event_log/ownership_units.h"
#include "libs/event_log/simulated/instance_state.h"

namespace redress {

// An append on its way.
struct SimulatedLog::Flight {
  std::shared_ptr<InstanceState> from;
  uint64_t number = 0;
  TopicPartition to;
  Record record;
  SimulatedFault fault = SimulatedFault::kNone;
};

namespace {

void Answer(SimulatedScheduler* scheduler, const std::shared_ptr<InstanceState>& to,
            uint64_t number, AppendOutcome outcome) {
  scheduler->After(absl::ZeroDuration(), [to, number, outcome = std::move(outcome)]() mutable {
    to->Run([to, number, outcome = std::move(outcome)]() mutable {
      const auto open = to->open.extract(number);
      if (!open.empty()) open.mapped()(std::move(outcome));
    });
  });
}

}  // namespace

SimulatedLog::SimulatedLog(SimulatedScheduler* scheduler, const PartitionCounts& partitions)
    : scheduler_(scheduler),
      table_(partitions),
      log_id_(LogId::FromBytesOrNone(NewEventId(scheduler->now(), scheduler->random()).bytes())),
      stored_(table_.size()) {
  GenesisFacts facts;
  facts.log_id = log_id_;
  facts.secret_fingerprint = SecretFingerprint("simulated");
  facts.created_at_us = ToMicros(scheduler->now());
  for (const TopicPartition& tp : table_.all()) {
    facts.partitions = table_.count(tp.topic);
    Persist(tp, GenesisRecord(facts), "");
  }
}

std::unique_ptr<SimulatedInstance> SimulatedLog::Connect(std::string name) {
  auto state = std::make_shared<InstanceState>();
  state->name = std::move(name);
  state->visible.resize(table_.size());
  state->last_arrival.resize(table_.size(), absl::InfinitePast());
  for (int i = 0; i < table_.size(); ++i) state->visible[i] = stored_[i].next;
  for (int kind = 0; kind < kOwnershipKindCount; ++kind) {
    const auto named = static_cast<OwnershipKind>(kind);
    const int32_t units = IsSingleUnit(named) ? 1 : table_.count(TopicOfUnits(named));
    for (int32_t unit = 0; unit < units; ++unit) state->owned[kind].push_back(Partition(unit));
  }
  std::erase_if(instances_, [](const auto& instance) { return instance.expired(); });
  instances_.push_back(state);
  return std::unique_ptr<SimulatedInstance>(new SimulatedInstance(this, std::move(state)));
}

void SimulatedLog::SkipOffsets(TopicPartition of, int64_t count) { at(of).gap += count; }

void SimulatedLog::Trim(TopicPartition of, Offset before) {
  Stored& stored = at(of);
  REDRESS_CHECK(before <= stored.next);
  std::erase_if(stored.records, [&](const auto& record) {
    return record->offset.value() > 0 && record->offset < before;
  });
  stored.oldest = std::max(stored.oldest, before);
}

Offset SimulatedLog::End(TopicPartition of) const { return at(of).next; }

const std::vector<std::shared_ptr<const SimulatedRecord>>& SimulatedLog::Records(
    TopicPartition of) const {
  return at(of).records;
}

SimulatedFault SimulatedLog::DrawFault() {
  if (next_fault_) return *std::exchange(next_fault_, std::nullopt);
  if (scheduler_->Chance(faults_.lost)) return SimulatedFault::kLost;
  if (scheduler_->Chance(faults_.unknown_persisted)) return SimulatedFault::kUnknownPersisted;
  if (scheduler_->Chance(faults_.unknown_lost)) return SimulatedFault::kUnknownLost;
  if (scheduler_->Chance(faults_.unknown_late)) return SimulatedFault::kUnknownLate;
  return SimulatedFault::kNone;
}

void SimulatedLog::Land(const std::shared_ptr<Flight>& flight) {
  if (flight->from->crashed) {
    if (scheduler_->Chance(500)) {
      ++counts_.lost_in_crash;
      return;
    }
    ++counts_.persisted_after_crash;
  }
  const auto persist_later = [&] {
    scheduler_->After(scheduler_->Between(absl::ZeroDuration(), faults_.max_lateness),
                      [this, flight] { Persist(flight->to, flight->record, flight->from->name); });
  };
  const auto unknown = [&](const char* why) {
    Answer(scheduler_, flight->from, flight->number,
           {AppendOutcome::Kind::kUnknown, Offset(), absl::UnavailableError(why)});
  };
  switch (flight->fault) {
    case SimulatedFault::kNone: {
      const Offset offset = Persist(flight->to, flight->record, flight->from->name);
      ++counts_.appended;
      Answer(scheduler_, flight->from, flight->number,
             {AppendOutcome::Kind::kAppended, offset, absl::OkStatus()});
      if (scheduler_->Chance(faults_.duplicate)) {
        ++counts_.duplicated;
        persist_later();
      }
      return;
    }
    case SimulatedFault::kLost:
      ++counts_.lost;
      Answer(
          scheduler_, flight->from, flight->number,
          {AppendOutcome::Kind::kNotAppended, Offset(), absl::UnavailableError("simulated: lost")});
      return;
    case SimulatedFault::kUnknownPersisted:
      ++counts_.unknown_persisted;
      Persist(flight->to, flight->record, flight->from->name);
      return unknown("simulated: the answer was lost");
    case SimulatedFault::kUnknownLost:
      ++counts_.unknown_lost;
      return unknown("simulated: the append was lost");
    case SimulatedFault::kUnknownLate:
      ++counts_.unknown_late;
      persist_later();
      return unknown("simulated: the append is late");
  }
}

Offset SimulatedLog::Persist(TopicPartition to, const Record& record, const std::string& instance) {
  Stored& stored = at(to);
  if (scheduler_->Chance(faults_.gap)) {
    ++counts_.gaps;
    stored.gap += 1 + static_cast<int64_t>(scheduler_->random().Below(5));
  }
  const Offset offset(stored.next.value() + std::exchange(stored.gap, 0));
  stored.next = offset.Next();
  stored.records.push_back(std::make_shared<SimulatedRecord>(offset, record, instance));
  for (const auto& weak : instances_) {
    const auto state = weak.lock();
    if (state == nullptr || state->dead) continue;
    Show(state, to, scheduler_->Between(faults_.min_delivery_delay, faults_.max_delivery_delay));
  }
  return offset;
}

void SimulatedLog::Show(const std::shared_ptr<InstanceState>& instance, TopicPartition of,
                        absl::Duration delay) {
  const int partition = table_.IndexOf(of);
  const Offset end = at(of).next;
  scheduler_->After(delay, [instance, partition, end] {
    instance->Run([instance, partition, end] {
      // A later record came first and brought this one along.
      if (instance->visible[partition] >= end) return;
      instance->visible[partition] = end;
      instance->Ring(partition);
    });
  });
}

SimulatedInstance::SimulatedInstance(SimulatedLog* log, std::shared_ptr<InstanceState> state)
    : log_(log), state_(std::move(state)) {}

SimulatedInstance::~SimulatedInstance() {
  if (state_->dead) return;
  state_->dead = true;
  state_->held.clear();
  for (auto& [number, done] : std::exchange(state_->open, {})) {
    done({AppendOutcome::Kind::kUnknown, Offset(), absl::UnavailableError("the log was closed")});
  }
}

void SimulatedInstance::Post(absl::AnyInvocable<void()> call) {
  log_->scheduler_->After(absl::ZeroDuration(), [state = state_, call = std::move(call)]() mutable {
    state->Run(std::move(call));
  });
}

void SimulatedInstance::Append(TopicPartition to, Record record, AppendDone done) {
  const uint64_t number = state_->next_append++;
  state_->open.emplace(number, std::move(done));
  const int partition = log_->table_.IndexOf(to);
  if (partition < 0 || RecordBytes(record) > kMaxRecordBytes) {
    return Answer(log_->scheduler_, state_, number,
                  {AppendOutcome::Kind::kNotAppended, Offset(),
                   absl::InvalidArgumentError(partition < 0 ? "no such partition"
                                                            : "the record is too large")});
  }
  SimulatedScheduler& scheduler = *log_->scheduler_;
  const SimulatedFaults& faults = log_->faults_;
  auto flight = std::make_shared<SimulatedLog::Flight>();
  flight->from = state_;
  flight->number = number;
  flight->to = to;
  flight->record = std::move(record);
  flight->fault = log_->DrawFault();
  absl::Time arrival =
      scheduler.now() + scheduler.Between(faults.min_append_delay, faults.max_append_delay);
  absl::Time& last = state_->last_arrival[partition];
  if (scheduler.Chance(faults.overtaken)) {
    ++log_->counts_.overtaken;
    arrival += scheduler.Between(absl::ZeroDuration(), faults.max_lateness);
  } else {
    last = arrival = std::max(arrival, last);
  }
  scheduler.At(arrival, [log = log_, flight] { log->Land(flight); });
}

void SimulatedInstance::End(TopicPartition of,
                            absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) {
  // Asked now: what is durable at the moment of the call is covered.
  absl::StatusOr<Offset> end = absl::InvalidArgumentError("no such partition");
  if (log_->table_.IndexOf(of) >= 0) end = log_->End(of);
  Post([done = std::move(done), end]() mutable { done(end); });
}

void SimulatedInstance::Crash() {
  state_->dead = true;
  state_->crashed = true;
  state_->held.clear();
  state_->open.clear();
}

void SimulatedInstance::Pause() { state_->paused = true; }

void SimulatedInstance::Resume() {
  state_->paused = false;
  for (auto& call : std::exchange(state_->held, {})) Post(std::move(call));
}

}  // namespace redress
