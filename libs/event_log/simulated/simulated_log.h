// A log in memory for simulation: one shared `SimulatedLog` (the disk and the network) and a
// `SimulatedInstance` (an `EventLog`) per simulated process. Everything that a real log may do to
// its users happens here, drawn from the scheduler's seed: delay, duplicates, overtaking, loss,
// unknown outcomes, late arrival, gaps, crashes, pauses, moving ownership. What is persisted stays,
// whoever crashes.
//
// Single-threaded: every call and call-back in the thread that runs the scheduler. The log outlives
// its instances, and the scheduler runs nothing after the log is gone.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/partition_table.h"
#include "libs/event_log/shared_decode.h"
#include "libs/event_log/simulated/scheduler.h"

namespace redress {

// What may go wrong with one append.
enum class SimulatedFault { kNone, kLost, kUnknownPersisted, kUnknownLost, kUnknownLate };

// Chances are in 1,000 appends (or polls). All zero: a log that keeps its contract.
struct SimulatedFaults {
  absl::Duration min_append_delay = absl::Milliseconds(1);
  absl::Duration max_append_delay = absl::Milliseconds(1);
  // From persisted to visible, by instance.
  absl::Duration min_delivery_delay = absl::Milliseconds(1);
  absl::Duration max_delivery_delay = absl::Milliseconds(1);
  // How late overtaken, duplicated and late records come.
  absl::Duration max_lateness = absl::Seconds(5);

  uint32_t lost = 0;               // answered kNotAppended
  uint32_t unknown_persisted = 0;  // in the log
  uint32_t unknown_lost = 0;       // never in the log
  uint32_t unknown_late = 0;       // answered first, in the log later
  uint32_t duplicate = 0;          // in the log twice
  uint32_t overtaken = 0;          // by later appends of the same instance
  uint32_t gap = 0;                // offsets left out
  uint32_t partial_batch = 0;      // a poll gives fewer records than there are
  uint32_t read_unavailable = 0;   // a poll fails
};

// Stays where it was made: readers hold views into it.
struct SimulatedRecord {
  SimulatedRecord(Offset offset, const Record& record, std::string instance)
      : offset(offset), record(record), instance(std::move(instance)) {
    for (const RecordHeader& header : this->record.headers)
      header_views.emplace_back(header.name, header.value);
  }
  SimulatedRecord(const SimulatedRecord&) = delete;
  SimulatedRecord& operator=(const SimulatedRecord&) = delete;

  const Offset offset;
  const Record record;
  // Who appended it; empty for genesis.
  const std::string instance;
  std::vector<HeaderView> header_views;
  // Decoded once for all simulated processes, as one process does for its services.
  mutable SharedDecode decode;
};

// What a reader delivers of it; views into the record.
RecordView ViewOf(TopicPartition source, const SimulatedRecord& stored);

// How often each thing happened: a simulation shows by it that it met them all.
struct SimulatedCounts {
  uint64_t appended = 0;
  uint64_t lost = 0;
  uint64_t unknown_persisted = 0;
  uint64_t unknown_lost = 0;
  uint64_t unknown_late = 0;
  uint64_t duplicated = 0;
  uint64_t overtaken = 0;
  uint64_t gaps = 0;
  uint64_t partial_batches = 0;
  uint64_t read_errors = 0;
  uint64_t lost_in_crash = 0;
  uint64_t persisted_after_crash = 0;
};

class SimulatedInstance;
struct InstanceState;

class SimulatedLog {
 public:
  // `scheduler` is not owned.
  SimulatedLog(SimulatedScheduler* scheduler, const PartitionCounts& partitions);

  // A new process. Names appear in `SimulatedRecord` only and may repeat.
  std::unique_ptr<SimulatedInstance> Connect(std::string name);

  void set_faults(const SimulatedFaults& faults) { faults_ = faults; }
  const SimulatedFaults& faults() const { return faults_; }
  // For the next append of any instance, whatever the chances say.
  void FailNextAppend(SimulatedFault fault) { next_fault_ = fault; }
  // Leaves out offsets before the next record of a partition.
  void SkipOffsets(TopicPartition of, int64_t count);
  // Removes the records below `before`; the genesis record stays.
  void Trim(TopicPartition of, Offset before);

  LogId log_id() const { return log_id_; }
  const PartitionTable& table() const { return table_; }
  Offset End(TopicPartition of) const;
  // What is persisted, in order, with genesis.
  const std::vector<std::shared_ptr<const SimulatedRecord>>& Records(TopicPartition of) const;
  const SimulatedCounts& counts() const { return counts_; }

 private:
  friend class SimulatedInstance;
  friend class SimulatedReader;

  struct Stored {
    std::vector<std::shared_ptr<const SimulatedRecord>> records;
    Offset next;
    Offset oldest;
    // Offsets to leave out before the next record.
    int64_t gap = 0;
  };
  struct Flight;

  Stored& at(TopicPartition of) { return stored_[table_.IndexOf(of)]; }
  const Stored& at(TopicPartition of) const { return stored_[table_.IndexOf(of)]; }
  SimulatedFault DrawFault();
  // An append reaches the log: persists it or not, and answers.
  void Land(const std::shared_ptr<Flight>& flight);
  Offset Persist(TopicPartition to, const Record& record, const std::string& instance);
  // Lets an instance see what is persisted now.
  void Show(const std::shared_ptr<InstanceState>& instance, TopicPartition of,
            absl::Duration delay);

  SimulatedScheduler* const scheduler_;
  const PartitionTable table_;
  LogId log_id_;
  SimulatedFaults faults_;
  std::optional<SimulatedFault> next_fault_;
  std::vector<Stored> stored_;
  std::vector<std::weak_ptr<InstanceState>> instances_;
  SimulatedCounts counts_;
};

class SimulatedInstance final : public EventLog {
 public:
  ~SimulatedInstance()
      override;  // a clean end: what is open is answered kUnknown, unless it crashed

  LogId log_id() const override { return log_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return log_->table().count(topic); }
  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override;
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind,
                                                 OwnershipChanged changed) override;

  // The process dies: no call-back comes any more, and what is on its way to the log arrives or
  // not.
  void Crash();
  // The process stands still (a zombie to be): its call-backs wait for `Resume`; what is on its way
  // arrives.
  void Pause();
  void Resume();
  // From now on (as soon as it hears of it) the instance owns these units of `kind`; at first it
  // owns all. Several instances may own the same, or nobody.
  void SetOwned(OwnershipKind kind, std::vector<Partition> units);

 private:
  friend class SimulatedLog;
  SimulatedInstance(SimulatedLog* log, std::shared_ptr<InstanceState> state);

  // Runs `call` later, in this process, if it still lives.
  void Post(absl::AnyInvocable<void()> call);

  SimulatedLog* const log_;
  const std::shared_ptr<InstanceState> state_;
};

}  // namespace redress
