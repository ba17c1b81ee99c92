// Who waits for a person: every complaint that was queued, by team and reason, and since when.
// Answers what a queue is made of without looking at each complaint in it: a backlog may hold a
// million. On the service's thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "libs/base/ids.h"

namespace redress::router {

struct Queued {
  EntityId team;
  // Why nobody has it, e.g. "no_capacity".
  std::string reason;
  // When it was left without an owner.
  int64_t since_us = 0;

  // Value of the stored row.
  std::string Encode(const ComplaintId& complaint) const;
  // False: damaged.
  static bool Decode(std::string_view bytes, ComplaintId* complaint, Queued* queued);
  friend bool operator==(const Queued&, const Queued&) = default;
};

class QueueBook {
 public:
  struct Queue {
    std::map<std::string, uint64_t> by_reason;
    std::set<std::pair<int64_t, ComplaintId>> by_wait;

    uint64_t waiting() const { return by_wait.size(); }
    int64_t oldest_us() const { return by_wait.empty() ? 0 : by_wait.begin()->first; }
  };

  // The complaint waits like this now; nothing: it does not.
  void Set(const ComplaintId& complaint, const std::optional<Queued>& queued);
  const Queued* Find(const ComplaintId& complaint) const;
  // By team; reasons that nobody waits for any more stay, with 0.
  const std::map<EntityId, Queue>& queues() const { return queues_; }
  uint64_t size() const { return queued_.size(); }

 private:
  absl::flat_hash_map<ComplaintId, Queued> queued_;
  std::map<EntityId, Queue> queues_;
};

}  // namespace redress::router
