// The clocks of a complaint at an instant, as callers see them. Pure but for the cache of calendars.
#pragma once

#include "absl/time/time.h"
#include "redress/api/v1/complaint.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"
#include "services/intake/view/calendar_cache.h"

namespace redress::intake {

// Adds one view per clock of the state, in its order. A clock whose calendar is not known here is shown without
// consumed and due time.
void AddClocks(const storage::v1::ComplaintState& state, absl::Time now, CalendarCache& calendars,
               api::v1::Complaint* out);

}  // namespace redress::intake
