#include "services/router/projection/router_projection.h"

#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/domain/triggers.h"
#include "libs/domain/priority/priority.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/event/v1/ownership.pb.h"

namespace redress::router {
namespace {

constexpr char kHoldingTable = 'A';

using S = storage::v1::StageState;

// Resolved complaints keep their owner but no longer take capacity.
bool TakesCapacity(const storage::v1::ComplaintState& state) {
  return state.stage().stage() == S::ASSESSED || state.stage().stage() == S::INVESTIGATING;
}

Holding HoldingOf(const storage::v1::ComplaintState& state) {
  if (!TakesCapacity(state) || state.ownership().owner_id().empty()) return {};
  return {EntityId::FromBytesOrNone(state.ownership().owner_id()),
          EntityId::FromBytesOrNone(state.ownership().team_id()), state.ownership().weight()};
}

}  // namespace

bool NeedsOwner(const storage::v1::ComplaintState& state) {
  return TakesCapacity(state) && state.ownership().owner_id().empty() && !state.stage().more_follows();
}

AspectSet RouterProjection::kept() const {
  return {event::v1::STAGE,    event::v1::OWNERSHIP,  event::v1::RECUSAL, event::v1::LEVEL,
          event::v1::TRIGGERS, event::v1::ASSESSMENT, event::v1::RECORD};
}

absl::Status RouterProjection::Start(const ProjectionStore& store) {
  REDRESS_RETURN_IF_ERROR(directory_->Load(store));
  const std::string prefix(1, kHoldingTable);
  return store.Scan(prefix, AfterPrefix(prefix), false, [&](std::string_view, std::string_view value) {
    const std::string fields = "a" + std::string(value);
    RowKeyReader reader(fields);
    const ComplaintId complaint = reader.Id<ComplaintId>();
    Holding holding;
    holding.agent = reader.Id<EntityId>();
    holding.team = reader.Id<EntityId>();
    holding.units = reader.U32();
    loads_.Set(complaint, holding);
    return true;
  });
}

absl::Status RouterProjection::OnComplaint(const JudgedRecord& record, const ComplaintRow& row, Rows rows) {
  if (!record.effective()) return absl::OkStatus();
  const Holding before = loads_.Find(row.id) != nullptr ? *loads_.Find(row.id) : Holding();
  const Holding holding = HoldingOf(row.state);
  if (before == holding) return absl::OkStatus();
  const bool freed = loads_.Set(row.id, holding);
  const std::string key = RowKey(kHoldingTable).Row(row.row).str();
  if (holding.agent) {
    rows.overlay.Put(key, RowKey('a').Id(row.id).Id(holding.agent).Id(holding.team).U32(holding.units).str().substr(1));
  } else {
    rows.overlay.Delete(key);
  }
  if (freed && actor_ != nullptr) actor_->RetryWaiting(kRoute);
  Count(record, row);
  return absl::OkStatus();
}

void RouterProjection::Count(const JudgedRecord& record, const ComplaintRow& row) {
  const auto* assigned = record.As<event::v1::ComplaintAssigned>();
  if (assigned == nullptr) return;
  metrics_.assignments.With({directory_->CodeOf(assigned->team_id())}).Increment();
  if (row.state.ownership().assignments() != 1) return;
  const int64_t waited_us = record.event.header().recorded_at_us() - row.state.stage().recorded_at_us();
  metrics_.assignment_seconds.Observe(static_cast<double>(waited_us) / 1e6);
}

absl::Status RouterProjection::OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows rows) {
  if (!record.effective()) return absl::OkStatus();
  directory_->Apply(row);
  if (actor_ != nullptr) actor_->RetryWaiting(kRoute);
  if (record.As<event::v1::AgentDeparted>() == nullptr) return absl::OkStatus();
  // What the agent held has to go to others.
  const auto held = loads_.HeldBy(row.id);
  for (const ComplaintId& complaint : held) REDRESS_RETURN_IF_ERROR(rows.refresh_work(complaint));
  return absl::OkStatus();
}

void RouterProjection::WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const {
  const auto& state = row.state;
  if (!TakesCapacity(state) || state.stage().more_follows()) return;
  WorkItem item;
  if (!state.ownership().owner_id().empty()) {
    const auto owner = directory_->Find(EntityId::FromBytesOrNone(state.ownership().owner_id()));
    if (owner == nullptr || owner->definition().departed_at_us() == 0) return;
    item.kind = kReroute;
    item.cause = EventId::FromBytesOrNone(owner->definition().changed_by());
    item.order = state.stage().received_at_us();
    work->push_back(item);
    return;
  }
  item.kind = kRoute;
  // The assessment, the last queueing or release, or the escalation that cleared the owner.
  item.cause = EventId::FromBytesOrNone(state.ownership().changed_by());
  const auto& priority = state.assessment().assessment().priority();
  item.order = PriorityKey::Of(row.id, priority.score(), priority.band(), FromMicros(state.stage().received_at_us()),
                               priority.ageing_per_hour())
                   .order();
  item.not_before_us = AfterAnswerUs(state.triggers());
  work->push_back(item);
}

}  // namespace redress::router
