#include "services/router/projection/load_book.h"

namespace redress::router {

bool LoadBook::Set(const ComplaintId& complaint, const Holding& holding) {
  bool freed = false;
  auto it = held_.find(complaint);
  if (it != held_.end()) {
    if (it->second == holding) return false;
    used_[it->second.agent] -= it->second.units;
    by_agent_[it->second.agent].erase(complaint);
    held_.erase(it);
    freed = true;
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

void LoadBook::RemovePending(const ComplaintId& complaint) {
  auto it = pending_.find(complaint);
  if (it == pending_.end()) return;
  used_[it->second.agent] -= it->second.units;
  pending_.erase(it);
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

const Holding* LoadBook::Find(const ComplaintId& complaint) const {
  auto it = held_.find(complaint);
  return it == held_.end() ? nullptr : &it->second;
}

}  // namespace redress::router
