// What sla-timer makes of the log: the state of every complaint as far as clocks and levels depend
// on it, and the work that follows from it: clocks to set, timers in due order, triggers to answer,
// waiting that ends.
//
// Work is a pure function of the folded state and of the calendars that it names by hash. A
// calendar may be folded after the clock that names it: until then the complaint's timer row stands
// at the earliest time that any calendar allows (round the clock), marked in a table of its own,
// and its decider waits. The mark is what keeps a stored row and the one computed from the same
// state alike after a restart.
//
// On the service's thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "libs/directory/directory.h"
#include "libs/metrics/domain_metrics.h"
#include "libs/runtime/projection.h"
#include "services/sla_timer/projection/sla_tables.h"

namespace redress::sla_timer {

// Kinds of work; on disk.
inline constexpr WorkKind kSetClocks = 1;
inline constexpr WorkKind kTimer = 2;
inline constexpr WorkKind kTrigger = 3;
inline constexpr WorkKind kWaitingTimer = 4;

// While a complaint is not assessed its clocks are set this long after it was recorded: normally it
// is assessed long before, and they are set once.
inline constexpr int64_t kUnassessedDelayUs = 10'000'000;

// Subject of a timer row: which clock, which threshold (0: the target). Empty: not known yet.
std::string TimerSubject(std::string_view clock_id, uint32_t threshold_percent);
// The parts of it; nothing for an empty or foreign subject.
std::optional<std::pair<std::string, uint32_t>> ReadTimerSubject(std::string_view subject);

class SlaProjection final : public Projection {
 public:
  // `directory` must outlive the projection.
  explicit SlaProjection(Directory* directory) : directory_(directory) {}
  // `counts`: whether this instance counts what happens in a partition now (it owns it and has
  // caught up).
  void SetMetrics(SlaTimerMetrics metrics, std::function<bool(Partition)> counts) {
    metrics_ = std::move(metrics);
    counts_ = std::move(counts);
  }
  // Sets the gauge of running clocks to those of the partitions that `counts` names. On the
  // service's thread.
  void PublishRunningClocks();

  AspectSet kept() const override;
  absl::Status Start(const ProjectionStore& store) override;
  absl::Status OnComplaint(const JudgedRecord& record, const ComplaintRow& row, Rows rows) override;
  absl::Status OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows rows) override;
  void WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const override;
  std::set<WorkKind> timer_kinds() const override { return {kTimer, kWaitingTimer}; }

 private:
  void AddTimer(const ComplaintRow& row, std::vector<WorkItem>* work) const;
  void MarkUnresolved(const ComplaintRow& row, Rows rows);
  absl::Status KeepOpenClocks(const JudgedRecord& record, const ComplaintRow& row, Rows rows);
  std::vector<OpenClock> OpenClocksOf(const ComplaintRow& row, absl::Time now) const;
  void CountEvent(const JudgedRecord& record, const ComplaintRow& row);
  void AddRunning(Partition partition, const std::vector<OpenClock>& clocks, int by);

  Directory* const directory_;
  SlaTimerMetrics metrics_;
  std::function<bool(Partition)> counts_;
  // Complaints whose stored timer row was made without a calendar that it needs.
  absl::flat_hash_set<ComplaintId> unresolved_;
  // By partition, then (kind, level).
  std::map<Partition, std::map<std::pair<uint8_t, uint8_t>, int64_t>> running_;
  std::set<std::pair<uint8_t, uint8_t>> published_;
};

}  // namespace redress::sla_timer
