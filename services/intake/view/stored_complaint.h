// Complaints as the projection stored them at its last flush: the row, the history, and the state
// as of an earlier moment. Thread-safe: reads the store only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "libs/event_log/event_log.h"
#include "libs/projection/projection_store.h"
#include "libs/runtime/projection.h"
#include "redress/event/v1/record.pb.h"
#include "services/intake/projection/tables.h"

namespace redress::intake {

// The row; nothing when there is no such complaint. DATA_LOSS when it is damaged.
absl::StatusOr<std::optional<ComplaintRow>> LoadComplaint(const ProjectionStore& store,
                                                          const ComplaintId& id);

// One step of a complaint's history, decoded but for its payload.
struct HistoryStep {
  TopicPartition place;
  Offset offset;
  HistoryRow row;
  event::v1::Event event;

  bool effective() const { return row.verdict == Verdict::kEffective; }
};

// Visits the history of a complaint in log order, beginning after `after` (none: from its opening),
// until `visit` returns false.
absl::Status VisitHistory(const ProjectionStore& store, const RowNumber& complaint,
                          std::optional<Offset> after, absl::FunctionRef<bool(HistoryStep)> visit);

// One step; nothing when the record is not part of this complaint's history.
absl::StatusOr<std::optional<HistoryStep>> LoadStep(const ProjectionStore& store,
                                                    const RowNumber& complaint, Offset offset);

// When the newest effective event was recorded, µs; 0: none.
absl::StatusOr<int64_t> UpdatedAt(const ProjectionStore& store, const RowNumber& complaint);

// The complaint folded from its history for as long as `within` holds; nothing when not even its
// opening is.
struct ComplaintThen {
  ComplaintRow row;
  // Effective steps, oldest first.
  std::vector<HistoryStep> steps;
  // Version and time of the last of them.
  Version version;
  int64_t updated_at_us = 0;
};
absl::StatusOr<std::optional<ComplaintThen>> FoldHistory(
    const ProjectionStore& store, const ComplaintRow& now,
    absl::FunctionRef<bool(const HistoryStep&)> within);

// Personal parts of an event that are readable here, merged into `companion` (a message of
// redress.personal.v1). False when there are none.
bool ReadPersonal(const event::v1::Event& event, google::protobuf::Message* companion);

}  // namespace redress::intake
