// Where a projection stands in the log: per partition the offset, ordinal and hash of the last record folded,
// written in the same batch as the rows, and the identity of the log. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "libs/event_log/event_log.h"
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

  std::optional<StoredPosition> Find(TopicPartition source) const;
  // The record was folded. Its hash is computed at the next flush: `owner` keeps its bytes alive until then.
  void Advance(const RecordView& record, const std::vector<std::shared_ptr<const void>>& owners);
  // Adds the rows of all partitions that moved since the last call.
  void AddTo(RowBatch* batch);
  const std::map<TopicPartition, StoredPosition>& all() const { return positions_; }
  bool dirty() const { return !moved_.empty(); }

 private:
  struct Moved {
    RecordView record;
    std::vector<std::shared_ptr<const void>> owners;
  };
  LogId log_id_;
  bool identity_stored_ = false;
  std::map<TopicPartition, StoredPosition> positions_;
  std::map<TopicPartition, Moved> moved_;
};

}  // namespace redress
