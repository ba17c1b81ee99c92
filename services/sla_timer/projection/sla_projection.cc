#include "services/sla_timer/projection/sla_projection.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/clocks/clock_reading.h"
#include "libs/domain/triggers.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/ownership.pb.h"
#include "services/sla_timer/decide/set_clocks.h"

namespace redress::sla_timer {
namespace {

using event::v1::ClockSpec;
using storage::v1::ComplaintState;
using Stage = storage::v1::StageState;

bool IsHandled(const Stage& stage) {
  return stage.stage() == Stage::ASSESSED || stage.stage() == Stage::INVESTIGATING;
}

// The subject names the set that is replaced, so that a new row never repeats the request of an old
// one.
void AddSetClocks(const ComplaintState& state, std::vector<WorkItem>* work) {
  if (!NeedsClocks(state)) return;
  WorkItem item;
  item.kind = kSetClocks;
  item.subject = state.clocks().set_id();
  item.order = state.stage().entered_at_us();
  if (state.stage().stage() == Stage::RECEIVED) {
    item.order = state.stage().recorded_at_us() + kUnassessedDelayUs;
    item.not_before_us = item.order;
  } else if (const int64_t answered_us = AfterAnswerUs(state.triggers()); answered_us != 0) {
    item.order = answered_us;
    item.not_before_us = answered_us;
  }
  item.cause = EventBehindSet(state);
  work->push_back(std::move(item));
}

void AddTrigger(const ComplaintState& state, std::vector<WorkItem>* work) {
  if (!IsHandled(state.stage()) || state.triggers().open().empty()) return;
  const auto& first = state.triggers().open(0);
  WorkItem item;
  item.kind = kTrigger;
  item.subject = first.trigger().trigger_id();
  item.order = first.opened_at_us();
  item.cause = EventId::FromBytesOrNone(first.opened_by());
  work->push_back(std::move(item));
}

void AddWaitingTimers(const ComplaintState& state, std::vector<WorkItem>* work) {
  if (!IsHandled(state.stage()) && state.stage().stage() != Stage::RECEIVED) return;
  for (const auto& interval : state.waiting().intervals()) {
    if (interval.to_us() != 0 || interval.until_us() == 0) continue;
    WorkItem item;
    item.kind = kWaitingTimer;
    item.subject = interval.started_by();
    item.order = interval.until_us();
    item.not_before_us = item.order;
    item.cause = EventId::FromBytesOrNone(interval.started_by());
    work->push_back(std::move(item));
  }
}

}  // namespace

std::string TimerSubject(std::string_view clock_id, uint32_t threshold_percent) {
  std::string subject(clock_id);
  subject.push_back(static_cast<char>(threshold_percent));
  return subject;
}

std::optional<std::pair<std::string, uint32_t>> ReadTimerSubject(std::string_view subject) {
  if (subject.size() != EventId::kSize + 1) return std::nullopt;
  return std::pair(std::string(subject.substr(0, EventId::kSize)),
                   static_cast<uint8_t>(subject.back()));
}

AspectSet SlaProjection::kept() const {
  return {event::v1::STAGE,      event::v1::OWNERSHIP,    event::v1::LEVEL,  event::v1::TRIGGERS,
          event::v1::ASSESSMENT, event::v1::CONVERSATION, event::v1::RECORD, event::v1::CLOCKS,
          event::v1::WAITING,    event::v1::POLICY};
}

absl::Status SlaProjection::Start(const ProjectionStore& store) {
  REDRESS_RETURN_IF_ERROR(directory_->Load(store));
  absl::Status damaged;
  const auto scan = [&](char table, auto visit) {
    const std::string prefix(1, table);
    return store.Scan(prefix, AfterPrefix(prefix), false, visit);
  };
  REDRESS_RETURN_IF_ERROR(scan(kUnresolvedTable, [&](std::string_view key, std::string_view) {
    unresolved_.insert(RowKeyReader(key).Id<ComplaintId>());
    return true;
  }));
  REDRESS_RETURN_IF_ERROR(scan(kOpenTable, [&](std::string_view key, std::string_view value) {
    const auto clocks = DecodeOpenClocks(value);
    if (!clocks) damaged = absl::DataLossError("a row of open clocks is damaged");
    if (clocks) AddRunning(RowKeyReader(key).Row().partition, *clocks, 1);
    return damaged.ok();
  }));
  return damaged;
}

absl::Status SlaProjection::OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows) {
  if (!record.effective()) return absl::OkStatus();
  directory_->Apply(row);
  return absl::OkStatus();
}

void SlaProjection::WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const {
  const Stage& stage = row.state.stage();
  // Imports: automatic work waits for the end of the history. Merged complaints are frozen.
  if (stage.stage() == Stage::NONE || stage.stage() == Stage::MERGED || row.more_follows) return;
  AddSetClocks(row.state, work);
  AddTimer(row, work);
  AddTrigger(row.state, work);
  AddWaitingTimers(row.state, work);
}

void SlaProjection::AddTimer(const ComplaintRow& row, std::vector<WorkItem>* work) const {
  const ComplaintState& state = row.state;
  if (state.clocks().clocks().empty()) return;
  WorkItem item;
  item.kind = kTimer;
  item.cause = EventId::FromBytesOrNone(state.clocks().changed_by());
  // Just read from the store: the row that lies there is asked for, not the one that could be made
  // today.
  const bool read_from_store = !row.cached;
  const bool unresolved = read_from_store ? unresolved_.contains(row.id)
                                          : !HasCalendars(state, directory_->calendars());
  if (unresolved) {
    item.order =
        ToMicros(EarliestFiring(state).value_or(FromMicros(state.stage().entered_at_us())));
  } else {
    const auto next = NextFiringOf(state, directory_->calendars());
    if (!next.ok() || !next->has_value()) return;
    const ClockFiring& firing = (*next)->firing;
    item.subject =
        TimerSubject(state.clocks().clocks((*next)->clock).clock_id(), firing.threshold_percent);
    item.order = ToMicros(firing.at);
  }
  item.not_before_us = item.order;
  work->push_back(std::move(item));
}

absl::Status SlaProjection::OnComplaint(const JudgedRecord& record, const ComplaintRow& row,
                                        Rows rows) {
  if (!record.effective()) return absl::OkStatus();
  MarkUnresolved(row, rows);
  if (const auto* set = record.As<event::v1::ClocksSet>()) {
    rows.overlay.Put(ExplainedKey(row.row), set->explained().SerializeAsString());
  }
  REDRESS_RETURN_IF_ERROR(KeepOpenClocks(record, row, rows));
  if (counts_ && counts_(row.row.partition)) CountEvent(record, row);
  return absl::OkStatus();
}

void SlaProjection::MarkUnresolved(const ComplaintRow& row, Rows rows) {
  const bool now = std::any_of(row.work.begin(), row.work.end(), [](const WorkItem& item) {
    return item.kind == kTimer && item.subject.empty();
  });
  if (now && unresolved_.insert(row.id).second) rows.overlay.Put(UnresolvedKey(row.id), "");
  if (!now && unresolved_.erase(row.id) > 0) rows.overlay.Delete(UnresolvedKey(row.id));
}

std::vector<OpenClock> SlaProjection::OpenClocksOf(const ComplaintRow& row, absl::Time now) const {
  std::vector<OpenClock> open;
  StateClockFacts facts(row.state);
  for (const ClockSpec& spec : row.state.clocks().clocks()) {
    const auto reading = ReadClock(spec, facts, directory_->calendars());
    if (!reading.ok()) continue;
    const ClockPhase phase = reading->line.PhaseAt(now);
    if (phase != ClockPhase::kRunning && phase != ClockPhase::kPaused) continue;
    OpenClock clock;
    clock.clock_id = spec.clock_id();
    clock.kind = static_cast<uint8_t>(spec.kind());
    clock.level = static_cast<uint8_t>(spec.level());
    clock.running = phase == ClockPhase::kRunning;
    for (const auto& fired : row.state.clocks().fired()) {
      const bool breach = fired.clock_id() == spec.clock_id() && fired.threshold_percent() == 0;
      if (breach) clock.breached_due_us = fired.due_at_us();
    }
    open.push_back(std::move(clock));
  }
  return open;
}

absl::Status SlaProjection::KeepOpenClocks(const JudgedRecord& record, const ComplaintRow& row,
                                           Rows rows) {
  if (row.state.clocks().sets() == 0) return absl::OkStatus();
  const std::string key = OpenKey(row.row);
  // The first set has no row before it: nothing to look for.
  const bool first = record.As<event::v1::ClocksSet>() != nullptr && row.state.clocks().sets() == 1;
  std::optional<std::string> stored;
  if (!first) {
    REDRESS_ASSIGN_OR_RETURN(stored, rows.overlay.Get(key));
  }
  std::vector<OpenClock> before;
  if (stored) {
    auto decoded = DecodeOpenClocks(*stored);
    if (!decoded) return absl::DataLossError("a row of open clocks is damaged");
    before = *std::move(decoded);
  }
  // A started clock that ended later in the world has not ended at this event: it is as of the
  // latest time known.
  const absl::Time now = FromMicros(
      std::max(record.event.header().recorded_at_us(), record.event.header().occurred_at_us()));
  const std::vector<OpenClock> after = OpenClocksOf(row, now);
  if (before == after) return absl::OkStatus();
  if (after.empty()) {
    rows.overlay.Delete(key);
  } else {
    rows.overlay.Put(key, EncodeOpenClocks(after));
  }
  const auto missed = [&](const OpenClock& clock) {
    return BreachedKey(clock.breached_due_us, row.id, clock.clock_id);
  };
  for (const OpenClock& clock : before) {
    if (clock.breached_due_us != 0) rows.overlay.Delete(missed(clock));
  }
  for (const OpenClock& clock : after) {
    if (clock.breached_due_us != 0) rows.overlay.Put(missed(clock), "");
  }
  AddRunning(row.row.partition, before, -1);
  AddRunning(row.row.partition, after, 1);
  return absl::OkStatus();
}

void SlaProjection::AddRunning(Partition partition, const std::vector<OpenClock>& clocks, int by) {
  for (const OpenClock& clock : clocks) {
    if (clock.running) running_[partition][{clock.kind, clock.level}] += by;
  }
}

namespace {

// "first_response", "level_resolution", …: without the suffix that keeps enum values apart.
std::string KindName(int kind) {
  const std::string name =
      absl::AsciiStrToLower(ClockSpec::Kind_Name(static_cast<ClockSpec::Kind>(kind)));
  return std::string(absl::StripSuffix(name, "_clock"));
}

void CountFiring(const CounterFamily& family, std::string_view clock_id,
                 const ComplaintState& state) {
  const ClockSpec* spec = FindClock(state.clocks(), clock_id);
  if (spec == nullptr) return;
  family.With({KindName(spec->kind()), std::to_string(spec->level())}).Increment();
}

}  // namespace

void SlaProjection::CountEvent(const JudgedRecord& record, const ComplaintRow& row) {
  if (const auto* warned = record.As<event::v1::ClockWarned>()) {
    CountFiring(metrics_.clock_warnings, warned->clock_id(), row.state);
  } else if (const auto* breached = record.As<event::v1::ClockBreached>()) {
    CountFiring(metrics_.clock_breaches, breached->clock_id(), row.state);
  } else if (const auto* escalated = record.As<event::v1::ComplaintEscalated>()) {
    const std::string because =
        escalated->because().empty()
            ? "person"
            : absl::AsciiStrToLower(event::v1::Trigger::Kind_Name(
                  static_cast<event::v1::Trigger::Kind>(escalated->because(0))));
    metrics_.escalations
        .With({std::to_string(escalated->from_level()), std::to_string(escalated->to_level()),
               because})
        .Increment();
  }
}

void SlaProjection::PublishRunningClocks() {
  std::map<std::pair<uint8_t, uint8_t>, int64_t> total;
  // What was shown once goes down to zero, it does not vanish.
  for (const auto& label : published_) total[label] = 0;
  for (const auto& [partition, counts] : running_) {
    if (!counts_ || !counts_(partition)) continue;
    for (const auto& [label, count] : counts) total[label] += count;
  }
  for (const auto& [label, count] : total) {
    published_.insert(label);
    metrics_.clocks_running.With({KindName(label.first), std::to_string(label.second)})
        .Set(static_cast<double>(count));
  }
}

}  // namespace redress::sla_timer
