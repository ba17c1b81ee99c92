#include "services/router/projection/queue_book.h"

#include "libs/projection/row_key.h"

namespace redress::router {

std::string Queued::Encode(const ComplaintId& complaint) const {
  return RowKey('q').Id(complaint).Id(team).I64(since_us).Bytes(reason).str();
}

bool Queued::Decode(std::string_view bytes, ComplaintId* complaint, Queued* queued) {
  RowKeyReader reader(bytes);
  *complaint = reader.Id<ComplaintId>();
  queued->team = reader.Id<EntityId>();
  queued->since_us = reader.I64();
  queued->reason = std::string(reader.rest());
  return reader.ok() && !queued->reason.empty();
}

void QueueBook::Set(const ComplaintId& complaint, const std::optional<Queued>& queued) {
  if (const auto it = queued_.find(complaint); it != queued_.end()) {
    Queue& queue = queues_[it->second.team];
    --queue.by_reason[it->second.reason];
    queue.by_wait.erase({it->second.since_us, complaint});
    queued_.erase(it);
  }
  if (!queued) return;
  Queue& queue = queues_[queued->team];
  ++queue.by_reason[queued->reason];
  queue.by_wait.emplace(queued->since_us, complaint);
  queued_.emplace(complaint, *queued);
}

const Queued* QueueBook::Find(const ComplaintId& complaint) const {
  const auto it = queued_.find(complaint);
  return it == queued_.end() ? nullptr : &it->second;
}

}  // namespace redress::router
