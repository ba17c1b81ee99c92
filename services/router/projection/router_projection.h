// What the router makes of the log: complaints that need an owner, in priority order, those whose
// owner cannot go on with them, what every agent carries, and who waits. Rows of its own
// (docs/formats/projection.md): holdings, unfit owners and the queued.
//
// Work rests on the state of the complaint and on the directory. What a change in the load of an
// agent means for complaints held is marked when it is folded (`Unfit`), so that a row of work
// stays what it was until an event answers it. On the service's thread.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "libs/directory/directory.h"
#include "libs/metrics/domain_metrics.h"
#include "libs/runtime/actor.h"
#include "libs/runtime/projection.h"
#include "services/router/projection/load_book.h"
#include "services/router/projection/queue_book.h"

namespace redress::router {

// Kinds of work; on disk.
inline constexpr WorkKind kReroute = 1;
inline constexpr WorkKind kRoute = 2;
// A timer: the owner is away, and will have been for too long.
inline constexpr WorkKind kAbsence = 3;

// In the order in which they are served: people who cannot go on first, so that what they held is
// routed in its turn.
std::vector<WorkKind> RouterKindsInOrder();

// Why an owner cannot go on with a complaint.
enum class Unfit {
  kDeparted,
  kExcluded,
  // Is no member of the team that holds it, or the team no longer serves its level.
  kOutOfTeam,
  kOverCapacity,
  kAbsent,
};
struct UnfitOwner {
  Unfit why = Unfit::kDeparted;
  // The assignment to the owner, cause of the work.
  EventId given;
  // When it is so; 0: now.
  int64_t from_us = 0;
};

class RouterProjection final : public Projection {
 public:
  RouterProjection(Directory* directory, RouterMetrics metrics)
      : directory_(directory), metrics_(metrics) {}
  // Told when waiting complaints may find somebody.
  void SetActor(Actor* actor) { actor_ = actor; }
  // Whether this instance counts an event: one of several does, and none counts the past.
  void SetCounts(std::function<bool()> counts) { counts_ = std::move(counts); }

  AspectSet kept() const override;
  absl::Status Start(const ProjectionStore& store) override;
  absl::Status OnComplaint(const JudgedRecord& record, const ComplaintRow& row, Rows rows) override;
  absl::Status OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows rows) override;
  void WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const override;
  std::set<WorkKind> timer_kinds() const override { return {kAbsence}; }

  // Why the owner of a complaint that takes capacity cannot go on; nothing: there is no owner, or
  // it can.
  std::optional<UnfitOwner> UnfitOwnerOf(const ComplaintId& complaint,
                                         const storage::v1::OwnershipState& ownership,
                                         const storage::v1::RecusalState& recusal,
                                         std::string_view region) const;
  // Whether the team serves complaints of this level.
  bool Serves(const EntityId& team, uint32_t level) const;

  // The router has sent an assignment; it was folded, or came to nothing. What waits for somebody
  // may find them then.
  void OnSent(const ComplaintId& complaint, const Holding& holding) {
    loads_.AddPending(complaint, holding);
  }
  void OnLanded(const ComplaintId& complaint);

  const LoadBook& loads() const { return loads_; }
  const QueueBook& queued() const { return queued_; }
  Directory& directory() { return *directory_; }
  const Directory& directory() const { return *directory_; }

 private:
  void Count(const JudgedRecord& record, const ComplaintRow& row);
  void KeepQueued(const ComplaintRow& row, Rows rows);
  Holding HoldingOf(const JudgedRecord& record, const ComplaintRow& row) const;
  // Complaints whose work a directory event may change.
  std::vector<ComplaintId> Affected(const JudgedRecord& record, const EntityId& entity) const;
  // By a change of agent or team the holder is no member of the team that holds it, or the team
  // does not serve its level. What a person gave across teams or levels stays until one of them
  // changes.
  bool OutOfTeam(const Holding& holding) const;
  absl::Status MarkBeyondCapacity(const EntityId& agent, Rows rows);
  absl::Status Mark(const ComplaintId& complaint, Rows rows);
  absl::Status Unmark(const ComplaintId& complaint, Rows rows);

  Directory* const directory_;
  const RouterMetrics metrics_;
  std::function<bool()> counts_ = [] { return false; };
  Actor* actor_ = nullptr;
  LoadBook loads_;
  QueueBook queued_;
  // Complaints beyond the capacity of their owner; what else makes an owner unfit is seen when
  // asked.
  std::set<ComplaintId> beyond_capacity_;
};

}  // namespace redress::router
