// Where a projection stands in the log: per partition the offset, ordinal and hash of the last
// record folded, written in the same batch as the rows, and the identity of the log. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "libs/event_log/event_log.h"
#include "libs/event_log/partition_map.h"
#include "libs/projection/projection_store.h"

namespace redress {

struct StoredPosition {
  Offset offset;
  // Count of records folded before this one.
  Ordinal ordinal;
  uint64_t hash = 0;
  friend bool operator==(const StoredPosition&, const StoredPosition&) = default;
};

class PositionTable {
 public:
  // Loads what is stored. FAILED_PRECONDITION: the projection belongs to another log than `log_id`.
  static absl::StatusOr<PositionTable> Load(const ProjectionStore& store, const LogId& log_id);

  // All positions, their hashes as of the last flush.
  std::vector<std::pair<TopicPartition, StoredPosition>> all() const;
  // The position, its hash as of the last flush; null: nothing of this partition was folded.
  const StoredPosition* Find(TopicPartition source) const;
  // The record was folded. `record` must live until `Keep`.
  void Advance(const RecordView& record);
  // Everything advanced over came with `batch`, whose bytes are kept for the hashes of the next
  // flush.
  void Keep(const ReadBatch& batch);
  // Adds the rows of all partitions that moved since the last call; after `Keep`.
  void AddTo(RowBatch* batch);
  bool dirty() const { return !moved_.empty(); }

 private:
  struct Place {
    std::optional<StoredPosition> stored;
    // The last record folded: in the batch under way, or kept with its owner. Its hash is computed
    // at the flush, so that only one record per partition and flush is hashed.
    const RecordView* advanced = nullptr;
    RecordView last;
    std::shared_ptr<const void> owner;
    bool moved = false;
  };

  LogId log_id_;
  bool identity_stored_ = false;
  PartitionMap<Place> places_;
  std::vector<TopicPartition> moved_;
  // Partitions with `advanced`.
  std::vector<TopicPartition> advanced_;
};

}  // namespace redress
