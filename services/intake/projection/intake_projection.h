// What intake makes of the log: the full record of every complaint, its history, the look-ups by
// tracking code, thread and source item, and the inbound items that are not taken in yet. On the
// service's thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/directory/directory.h"
#include "libs/runtime/actor.h"
#include "libs/runtime/command_path.h"
#include "libs/runtime/projection.h"
#include "redress/event/v1/inbound.pb.h"
#include "redress/personal/v1/personal.pb.h"
#include "services/intake/projection/pace.h"
#include "services/intake/projection/tables.h"

namespace redress::intake {

// Kinds of work.
inline constexpr WorkKind kTakeIn = 1;
inline constexpr WorkKind kScreen = 2;
inline constexpr WorkKind kDeadLetter = 3;

// Told of what happens, for metrics and watchers; all calls on the service's thread.
class IntakeObserver {
 public:
  virtual ~IntakeObserver() = default;
  virtual void OnEvent(const JudgedRecord& record, const ComplaintRow& row) = 0;
  virtual void OnScreened(Partition inbound, event::v1::InboundScreened::Reason reason) = 0;
  virtual void OnDuplicateItem(Partition inbound) = 0;
};

// An inbound item that waits, and what it says.
struct PendingItem {
  PendingRow row;
  absl::StatusOr<personal::v1::InboundItem> item;
};

class IntakeProjection final : public Projection, public ClosedRequestIndex {
 public:
  // `secret`: of the log; `clock` dates first sight of inbound items. `observer` may be null.
  IntakeProjection(std::string secret, Directory* directory, const Clock* clock)
      : secret_(std::move(secret)), directory_(directory), clock_(clock) {}
  void SetObserver(IntakeObserver* observer) { observer_ = observer; }
  // The actor is told when the record that answers an item was read back.
  void SetActor(Actor* actor) { actor_ = actor; }
  // Through which looked-up rows are read; set once the projector exists.
  void SetOverlay(const Overlay* overlay) { overlay_ = overlay; }

  std::vector<Topic> topics() const override;
  std::vector<Topic> supply() const override;
  size_t supplied_to_others(absl::Time now) override { return pace_.UnderWay(now); }
  AspectSet kept() const override { return AspectSet::All(); }
  absl::Status Start(const ProjectionStore& store) override;
  absl::Status OnComplaint(const JudgedRecord& record, const ComplaintRow& row, Rows rows) override;
  absl::Status OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows rows) override;
  absl::Status OnPlainRecord(const RecordView& record, Ordinal ordinal, Rows rows) override;
  absl::Status OnMalformed(const RecordView& record, Rows rows) override;

  absl::StatusOr<std::optional<ClosedRequest>> Find(Topic topic, const RowNumber& row,
                                                    const RequestId& request) override;

  // Look-ups for deciders, through the overlay.
  absl::StatusOr<std::optional<ItemRow>> FindItem(const ItemId& item) const;
  // Null when the item does not wait (any more). Shared with later calls: not parsed again while
  // it is young.
  absl::StatusOr<std::shared_ptr<const PendingItem>> FindPending(const ItemId& item) const;
  absl::StatusOr<ComplaintId> FindThread(const ThreadToken& token) const;
  // The single complaint of that code; none when there is none or more than one. Reads the last
  // flush.
  absl::StatusOr<ComplaintId> FindTracking(std::string_view code) const;

  const std::string& secret() const { return secret_; }
  Directory& directory() { return *directory_; }

 private:
  absl::Status IndexOpening(const JudgedRecord& record, const ComplaintRow& row, Rows rows);
  absl::Status CloseItem(const std::string& item_bytes, const ItemRow& outcome, Rows rows);
  absl::StatusOr<std::shared_ptr<const PendingItem>> FindPending(const ItemId& item,
                                                                 Rows rows) const;
  void RemoveTakeIn(const ItemId& item, const PendingRow& pending, Rows rows);
  template <typename Row>
  absl::Status KeepOlderRequest(const JudgedRecord& record, const Row& row, Rows rows);
  absl::Status OnInboundItem(const RecordView& record, Rows rows);
  absl::Status OnScreenedRecord(const RecordView& record, Rows rows);
  absl::Status OnDeadLetterRecord(const RecordView& record, Rows rows);
  absl::Status AddDeadLetterWork(const RecordView& record, Rows rows);
  int64_t RunningMax(Partition partition, int64_t recorded_us, Rows rows);

  const std::string secret_;
  Directory* const directory_;
  const Clock* const clock_;
  IntakeObserver* observer_ = nullptr;
  Actor* actor_ = nullptr;
  const Overlay* overlay_ = nullptr;
  const ProjectionStore* store_ = nullptr;
  // Items that wait, as they were folded: most are taken in before they would be read back.
  absl::flat_hash_map<ItemId, std::shared_ptr<const PendingItem>> young_;
  std::map<Partition, int64_t> running_max_;
  Pace pace_;
};

// Work row of an inbound item or of a record that cannot be read.
WorkItem TakeInItem(WorkKind kind, const ItemId& item, const PendingRow& row);
// A record that cannot be decoded: where it lies, and the hash of its bytes.
struct UnreadableRecord {
  TopicPartition source;
  Offset offset;
  ContentHash bytes;
};
WorkItem DeadLetterItem(const UnreadableRecord& record);
// The record that a dead-letter row speaks of.
UnreadableRecord UnreadableOf(const WorkItem& item);
ItemId ItemOfWork(const WorkItem& item);

}  // namespace redress::intake
