#include "services/router/projection/router_projection.h"

#include <algorithm>
#include <limits>

#include "absl/algorithm/container.h"
#include "libs/base/random.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/domain/priority/priority.h"
#include "libs/domain/triggers.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/event/v1/ownership.pb.h"

namespace redress::router {
namespace {

constexpr char kHoldingTable = 'A';
constexpr char kBeyondCapacityTable = 'U';
constexpr char kQueuedTable = 'Q';

using S = storage::v1::StageState;

// Resolved complaints keep their owner but no longer take capacity.
bool TakesCapacity(const storage::v1::ComplaintState& state) {
  return state.stage().stage() == S::ASSESSED || state.stage().stage() == S::INVESTIGATING;
}

std::string BeyondCapacityKey(const ComplaintId& complaint) {
  return RowKey(kBeyondCapacityTable).Id(complaint).str();
}

// All that the agent may carry: a member of several teams carries one load.
uint32_t CapacityOf(const storage::v1::DirectoryState& agent) {
  uint32_t most = 0;
  for (const auto& membership : agent.definition().agent().teams()) {
    uint32_t units = membership.capacity_units();
    for (const auto& share : agent.capacity().per_team()) {
      if (share.team_id() == membership.team_id()) units = share.capacity_units();
    }
    most = std::max(most, units);
  }
  return most;
}

bool IsAway(const event::v1::PresenceChanged& presence) {
  return presence.state() == event::v1::PresenceChanged::AWAY ||
         presence.state() == event::v1::PresenceChanged::OFFLINE;
}

// When an absence will have lasted too long; one that was announced for longer has from its
// beginning.
int64_t AbsentTooLongFrom(const event::v1::PresenceChanged& presence, int64_t limit_ms) {
  const int64_t limit_us = limit_ms * 1000;
  const bool announced =
      presence.until_us() != 0 && presence.until_us() - presence.from_us() > limit_us;
  return announced ? presence.from_us() : presence.from_us() + limit_us;
}

}  // namespace

std::vector<WorkKind> RouterKindsInOrder() { return {kReroute, kAbsence, kRoute}; }

AspectSet RouterProjection::kept() const {
  return {event::v1::STAGE,    event::v1::OWNERSHIP,  event::v1::RECUSAL, event::v1::LEVEL,
          event::v1::TRIGGERS, event::v1::ASSESSMENT, event::v1::RECORD};
}

absl::Status RouterProjection::Start(const ProjectionStore& store) {
  REDRESS_RETURN_IF_ERROR(directory_->Load(store));
  absl::Status damaged;
  const auto scan = [&](char table, auto visit) {
    const std::string prefix(1, table);
    return store.Scan(
        prefix, AfterPrefix(prefix), false, [&](std::string_view key, std::string_view value) {
          if (!visit(key, value))
            damaged = absl::DataLossError("a row of the router is damaged: rebuild the projection");
          return damaged.ok();
        });
  };
  REDRESS_RETURN_IF_ERROR(scan(kHoldingTable, [&](std::string_view, std::string_view value) {
    ComplaintId complaint;
    Holding holding;
    if (!Holding::Decode(value, &complaint, &holding)) return false;
    loads_.Set(complaint, holding);
    return true;
  }));
  REDRESS_RETURN_IF_ERROR(scan(kQueuedTable, [&](std::string_view, std::string_view value) {
    ComplaintId complaint;
    Queued queued;
    if (!Queued::Decode(value, &complaint, &queued)) return false;
    queued_.Set(complaint, queued);
    return true;
  }));
  REDRESS_RETURN_IF_ERROR(scan(kBeyondCapacityTable, [&](std::string_view key, std::string_view) {
    RowKeyReader fields(key);
    beyond_capacity_.insert(fields.Id<ComplaintId>());
    return fields.ok();
  }));
  return damaged;
}

Holding RouterProjection::HoldingOf(const JudgedRecord& record, const ComplaintRow& row) const {
  const auto& ownership = row.state.ownership();
  if (!TakesCapacity(row.state) || ownership.owner_id().empty()) return {};
  Holding holding;
  holding.agent = EntityId::FromBytesOrNone(ownership.owner_id());
  holding.team = EntityId::FromBytesOrNone(ownership.team_id());
  holding.units = ownership.weight();
  holding.level = row.state.level().level();
  holding.started = row.state.stage().stage() == S::INVESTIGATING;
  if (const auto* assigned = record.As<event::v1::ComplaintAssigned>()) {
    holding.direct = assigned->mode() == event::v1::ComplaintAssigned::DIRECT_MODE;
    holding.since_us = record.event.header().recorded_at_us();
  } else if (const Holding* before = loads_.Find(row.id)) {
    holding.direct = before->direct;
    holding.since_us = before->since_us;
    holding.level = before->level;
  } else {
    // Reopened: its owner has it again.
    holding.since_us = record.event.header().recorded_at_us();
  }
  return holding;
}

void RouterProjection::OnLanded(const ComplaintId& complaint) {
  if (loads_.RemovePending(complaint) && actor_ != nullptr) actor_->RetryWaiting(kRoute);
}

absl::Status RouterProjection::OnComplaint(const JudgedRecord& record, const ComplaintRow& row,
                                           Rows rows) {
  if (!record.effective()) return absl::OkStatus();
  if (counts_()) Count(record, row);
  KeepQueued(row, rows);
  const Holding before = loads_.Find(row.id) != nullptr ? *loads_.Find(row.id) : Holding();
  const Holding holding = HoldingOf(record, row);
  if (before == holding) return absl::OkStatus();
  const bool unfit_before = OutOfTeam(before);
  const bool freed = loads_.Set(row.id, holding);
  // The projector has asked for the work of this complaint with the former holding.
  if (unfit_before || OutOfTeam(holding)) REDRESS_RETURN_IF_ERROR(rows.refresh_work(row.id));
  const std::string key = RowKey(kHoldingTable).Row(row.row).str();
  if (holding.agent) {
    rows.overlay.Put(key, holding.Encode(row.id));
  } else {
    rows.overlay.Delete(key);
  }
  if (freed && actor_ != nullptr) actor_->RetryWaiting(kRoute);
  if (holding.agent != before.agent || holding.started)
    REDRESS_RETURN_IF_ERROR(Unmark(row.id, rows));
  if (before.agent) REDRESS_RETURN_IF_ERROR(MarkBeyondCapacity(before.agent, rows));
  return holding.agent ? MarkBeyondCapacity(holding.agent, rows) : absl::OkStatus();
}

void RouterProjection::KeepQueued(const ComplaintRow& row, Rows rows) {
  const auto& ownership = row.state.ownership();
  std::optional<Queued> queued;
  if (TakesCapacity(row.state) && !row.more_follows && ownership.owner_id().empty() &&
      !ownership.queue_reason().empty()) {
    queued = Queued{EntityId::FromBytesOrNone(ownership.team_id()), ownership.queue_reason(),
                    ownership.unowned_since_us()};
  }
  const Queued* before = queued_.Find(row.id);
  if (before == nullptr ? !queued : queued == *before) return;
  const std::string key = RowKey(kQueuedTable).Row(row.row).str();
  if (queued) {
    rows.overlay.Put(key, queued->Encode(row.id));
  } else {
    rows.overlay.Delete(key);
  }
  queued_.Set(row.id, queued);
}

void RouterProjection::Count(const JudgedRecord& record, const ComplaintRow& row) {
  const auto* assigned = record.As<event::v1::ComplaintAssigned>();
  if (assigned == nullptr) return;
  metrics_.assignments.With({directory_->CodeOf(assigned->team_id())}).Increment();
  if (row.state.ownership().assignments() != 1) return;
  const int64_t waited_us =
      record.event.header().recorded_at_us() - row.state.stage().recorded_at_us();
  metrics_.assignment_seconds.Observe(static_cast<double>(waited_us) / 1e6);
}

std::vector<ComplaintId> RouterProjection::Affected(const JudgedRecord& record,
                                                    const EntityId& entity) const {
  if (record.As<event::v1::TeamDefined>() != nullptr) return loads_.HeldIn(entity);
  const auto& held = loads_.HeldBy(entity);
  std::vector<ComplaintId> affected(held.begin(), held.end());
  if (record.As<event::v1::PolicyActivated>() != nullptr) {
    // How long an owner may be away is the policy's.
    for (const auto& [agent, state] : directory_->Agents()) {
      if (!IsAway(state->presence().presence())) continue;
      const auto& of_agent = loads_.HeldBy(agent);
      affected.insert(affected.end(), of_agent.begin(), of_agent.end());
    }
  }
  std::sort(affected.begin(), affected.end());
  return affected;
}

absl::Status RouterProjection::OnDirectory(const JudgedRecord& record, const EntityRow& row,
                                           Rows rows) {
  if (!record.effective()) return absl::OkStatus();
  const std::vector<ComplaintId> affected = Affected(record, row.id);
  // Read with the directory that their stored rows of work were made with: then the change is one.
  for (const ComplaintId& complaint : affected)
    REDRESS_RETURN_IF_ERROR(rows.refresh_work(complaint));
  directory_->Apply(row);
  if (actor_ != nullptr) {
    // Another policy asks other things of those who take a complaint.
    if (record.As<event::v1::PolicyActivated>() != nullptr) {
      actor_->RetryAll(kRoute);
    } else {
      actor_->RetryWaiting(kRoute);
    }
  }
  for (const ComplaintId& complaint : affected)
    REDRESS_RETURN_IF_ERROR(rows.refresh_work(complaint));
  return row.state.definition().has_agent() ? MarkBeyondCapacity(row.id, rows) : absl::OkStatus();
}

bool RouterProjection::Serves(const EntityId& team, uint32_t level) const {
  const auto entity = directory_->Find(team);
  if (entity == nullptr) return false;
  const auto& levels = entity->definition().team().levels();
  return levels.empty() || absl::c_linear_search(levels, level);
}

bool RouterProjection::OutOfTeam(const Holding& holding) const {
  const auto agent = directory_->Find(holding.agent);
  if (agent == nullptr || !holding.team) return false;
  const auto& teams = agent->definition().agent().teams();
  const bool member = std::any_of(teams.begin(), teams.end(), [&](const auto& membership) {
    return membership.team_id() == holding.team.bytes();
  });
  if (member && Serves(holding.team, holding.level)) return false;
  EventId defined = EventId::FromBytesOrNone(agent->definition().changed_by());
  if (const auto team = directory_->Find(holding.team)) {
    defined = std::max(defined, EventId::FromBytesOrNone(team->definition().changed_by()));
  }
  // By times that stand on the log, never by what was folded first: topics have no order between
  // them.
  const bool since_given = defined && TimeOf(defined) > FromMicros(holding.since_us);
  return holding.direct || since_given;
}

absl::Status RouterProjection::MarkBeyondCapacity(const EntityId& agent, Rows rows) {
  const auto entity = directory_->Find(agent);
  const std::vector<ComplaintId> beyond = entity == nullptr
                                              ? std::vector<ComplaintId>()
                                              : loads_.BeyondCapacity(agent, CapacityOf(*entity));
  if (beyond.empty() && beyond_capacity_.empty()) return absl::OkStatus();
  for (const ComplaintId& complaint : loads_.HeldBy(agent)) {
    if (!absl::c_linear_search(beyond, complaint)) REDRESS_RETURN_IF_ERROR(Unmark(complaint, rows));
  }
  for (const ComplaintId& complaint : beyond) REDRESS_RETURN_IF_ERROR(Mark(complaint, rows));
  return absl::OkStatus();
}

absl::Status RouterProjection::Mark(const ComplaintId& complaint, Rows rows) {
  if (beyond_capacity_.count(complaint) > 0) return absl::OkStatus();
  REDRESS_RETURN_IF_ERROR(rows.refresh_work(complaint));
  beyond_capacity_.insert(complaint);
  rows.overlay.Put(BeyondCapacityKey(complaint), "");
  return rows.refresh_work(complaint);
}

absl::Status RouterProjection::Unmark(const ComplaintId& complaint, Rows rows) {
  if (beyond_capacity_.count(complaint) == 0) return absl::OkStatus();
  REDRESS_RETURN_IF_ERROR(rows.refresh_work(complaint));
  beyond_capacity_.erase(complaint);
  rows.overlay.Delete(BeyondCapacityKey(complaint));
  return rows.refresh_work(complaint);
}

std::optional<UnfitOwner> RouterProjection::UnfitOwnerOf(
    const ComplaintId& complaint, const storage::v1::OwnershipState& ownership,
    const storage::v1::RecusalState& recusal, std::string_view region) const {
  if (ownership.owner_id().empty()) return std::nullopt;
  const auto owner = directory_->Find(EntityId::FromBytesOrNone(ownership.owner_id()));
  if (owner == nullptr) return std::nullopt;
  // Somebody may give it to the same person again: what made them unfit may then be the same (or be
  // read again, after a restart, later than the answer to it, which lies in another partition), the
  // assignment is not.
  const EventId given = EventId::FromBytesOrNone(ownership.changed_by());
  if (owner->definition().departed_at_us() != 0) return UnfitOwner{Unfit::kDeparted, given};
  if (absl::c_linear_search(recusal.excluded_agents(), ownership.owner_id()) ||
      absl::c_linear_search(recusal.excluded_teams(), ownership.team_id())) {
    return UnfitOwner{Unfit::kExcluded, given};
  }
  const Holding* holding = loads_.Find(complaint);
  if (holding != nullptr && OutOfTeam(*holding)) return UnfitOwner{Unfit::kOutOfTeam, given};
  if (beyond_capacity_.count(complaint) > 0) return UnfitOwner{Unfit::kOverCapacity, given};
  const auto& presence = owner->presence().presence();
  if (!IsAway(presence)) return std::nullopt;
  // The newest activation: one that lies ahead of this instance's clock is in force a moment later.
  const auto policy =
      directory_->FindPolicy(directory_->ActivePolicy(region, std::numeric_limits<int64_t>::max()));
  if (policy == nullptr || !policy->policy().routing().has_absent_after()) return std::nullopt;
  return UnfitOwner{Unfit::kAbsent, given,
                    AbsentTooLongFrom(presence, policy->policy().routing().absent_after().ms())};
}

void RouterProjection::WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const {
  const auto& state = row.state;
  if (!TakesCapacity(state) || row.more_follows) return;
  WorkItem item;
  const auto& priority = state.assessment().assessment().priority();
  item.order =
      PriorityKey::Of(row.id, priority.score(), priority.band(),
                      FromMicros(state.stage().received_at_us()), priority.ageing_per_hour())
          .order();
  if (state.ownership().owner_id().empty()) {
    item.kind = kRoute;
    // The assessment, the last queueing or release, or the escalation that cleared the owner.
    item.cause = EventId::FromBytesOrNone(state.ownership().changed_by());
    item.not_before_us = AfterAnswerUs(state.triggers());
    work->push_back(item);
    return;
  }
  const auto unfit =
      UnfitOwnerOf(row.id, state.ownership(), state.recusal(), state.record().region());
  if (!unfit) return;
  item.kind = kReroute;
  item.cause = unfit->given;
  if (unfit->why == Unfit::kAbsent) {
    item.kind = kAbsence;
    item.order = unfit->from_us;
    item.not_before_us = unfit->from_us;
  }
  work->push_back(item);
}

}  // namespace redress::router
