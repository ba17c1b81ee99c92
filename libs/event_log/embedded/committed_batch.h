// One group commit: its records as stored and, made by the first reader and shared by all, as they
// are read.
//
// `records` and `bytes` are filled by the commit thread and immutable once published; `Views` is
// thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/header_arena.h"
#include "libs/event_log/partition_table.h"

namespace redress {

struct CommittedRecord {
  // Index in the `PartitionTable`.
  int partition = 0;
  Offset offset;
  // `EncodeRecord`.
  std::string bytes;
};

class CommittedBatch {
 public:
  std::vector<CommittedRecord> records;
  size_t bytes = 0;

  struct Views {
    // One per record, in their order; cut short at a record that does not decode.
    std::vector<RecordView> records;
    // DATA_LOSS: of that record.
    absl::Status status;
  };
  // The views live as long as the batch.
  const Views& ViewsOf(const PartitionTable& table) const;

 private:
  mutable Once decoded_;
  mutable Views views_;
  mutable HeaderArena headers_;
  mutable std::unique_ptr<SharedDecode[]> shared_;
};

}  // namespace redress
