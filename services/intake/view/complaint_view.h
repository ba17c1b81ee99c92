// From the folded row of a complaint to what callers see. Everything but texts and personal data
// comes from the state alone; those come from the history (complaint_texts.h).
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "libs/directory/directory.h"
#include "libs/runtime/projection.h"
#include "redress/api/v1/complaint.pb.h"

namespace redress::intake {

// What a view is made with; all of it outlives the call. Thread-safe where its parts are.
struct ViewSources {
  const ProjectionStore& store;
  const Directory& directory;
  LogId log;
  absl::Time now;
};

api::v1::Stage StageOf(storage::v1::StageState::Stage stage);
// Why a complaint waits without an owner, as in `Complaint.queue_reason`.
std::string QueueReasonOf(const storage::v1::ComplaintState& state);

// The state's part of the view: BASIC but for headline and `updated_at`. `version` is that of the
// state.
api::v1::Complaint ViewOfState(const ComplaintRow& row, Version version,
                               const ViewSources& sources);

// The whole view of a stored complaint, as it is now.
absl::StatusOr<api::v1::Complaint> ViewOf(const ComplaintRow& row, api::v1::ComplaintView view,
                                          const ViewSources& sources);

}  // namespace redress::intake
