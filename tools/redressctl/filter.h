// Filter flags as the API's filter, and names of stages.
#pragma once

#include "absl/status/statusor.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "tools/redressctl/commands.h"

namespace redress::ctl {

// INVALID_ARGUMENT names a stage that is none.
absl::StatusOr<intake::v1::ComplaintFilter> FilterOf(const FilterFlags& flags);
// "investigating".
std::string StageWords(const api::v1::Complaint& complaint);

}  // namespace redress::ctl
