#include "services/router/projection/load_book.h"

#include <algorithm>
#include <tuple>

#include "libs/projection/row_key.h"

namespace redress::router {

std::string Holding::Encode(const ComplaintId& complaint) const {
  RowKey fields('a');
  fields.Id(complaint).Id(agent).Id(team).U32(units).Byte(static_cast<uint8_t>(level));
  return fields.Byte(static_cast<uint8_t>((started ? 1 : 0) | (direct ? 2 : 0)))
      .I64(since_us)
      .str();
}

bool Holding::Decode(std::string_view bytes, ComplaintId* complaint, Holding* holding) {
  RowKeyReader reader(bytes);
  *complaint = reader.Id<ComplaintId>();
  holding->agent = reader.Id<EntityId>();
  holding->team = reader.Id<EntityId>();
  holding->units = reader.U32();
  holding->level = reader.Byte();
  const uint8_t flags = reader.Byte();
  holding->started = (flags & 1) != 0;
  holding->direct = (flags & 2) != 0;
  holding->since_us = reader.I64();
  return reader.ok();
}

bool LoadBook::Set(const ComplaintId& complaint, const Holding& holding) {
  const auto less_than = [&](const Holding& before) {
    return before.agent != holding.agent || holding.units < before.units;
  };
  // What is on its way for the same complaint is this very event, or too late: it counts no more.
  const auto pending = pending_.find(complaint);
  bool freed = pending != pending_.end() && less_than(pending->second);
  RemovePending(complaint);
  auto it = held_.find(complaint);
  if (it != held_.end()) {
    if (it->second == holding) return freed;
    used_[it->second.agent] -= it->second.units;
    by_agent_[it->second.agent].erase(complaint);
    freed = freed || less_than(it->second);
    held_.erase(it);
  }
  if (!holding.agent) return freed;
  held_[complaint] = holding;
  used_[holding.agent] += holding.units;
  by_agent_[holding.agent].insert(complaint);
  return freed;
}

void LoadBook::AddPending(const ComplaintId& complaint, const Holding& holding) {
  RemovePending(complaint);
  pending_[complaint] = holding;
  used_[holding.agent] += holding.units;
}

bool LoadBook::RemovePending(const ComplaintId& complaint) {
  auto it = pending_.find(complaint);
  if (it == pending_.end()) return false;
  used_[it->second.agent] -= it->second.units;
  pending_.erase(it);
  return true;
}

uint32_t LoadBook::UsedUnits(const EntityId& agent) const {
  auto it = used_.find(agent);
  return it == used_.end() ? 0 : it->second;
}

const absl::flat_hash_set<ComplaintId>& LoadBook::HeldBy(const EntityId& agent) const {
  static const auto& none = *new absl::flat_hash_set<ComplaintId>();
  auto it = by_agent_.find(agent);
  return it == by_agent_.end() ? none : it->second;
}

std::vector<ComplaintId> LoadBook::HeldIn(const EntityId& team) const {
  std::vector<ComplaintId> held;
  for (const auto& [complaint, holding] : held_) {
    if (holding.team == team) held.push_back(complaint);
  }
  std::sort(held.begin(), held.end());
  return held;
}

std::vector<ComplaintId> LoadBook::BeyondCapacity(const EntityId& agent,
                                                  uint32_t capacity_units) const {
  if (UsedUnits(agent) <= capacity_units) return {};
  uint32_t given = 0;
  std::vector<std::pair<int64_t, ComplaintId>> not_begun;
  for (const ComplaintId& complaint : HeldBy(agent)) {
    const Holding& holding = held_.at(complaint);
    if (!holding.direct) continue;
    given += holding.units;
    if (!holding.started) not_begun.emplace_back(holding.since_us, complaint);
  }
  std::sort(not_begun.rbegin(), not_begun.rend());
  std::vector<ComplaintId> back;
  for (const auto& [since_us, complaint] : not_begun) {
    if (given <= capacity_units) break;
    given -= held_.at(complaint).units;
    back.push_back(complaint);
  }
  return back;
}

const Holding* LoadBook::Find(const ComplaintId& complaint) const {
  auto it = held_.find(complaint);
  return it == held_.end() ? nullptr : &it->second;
}

}  // namespace redress::router
