// One fact per complaint, made of its folded state (F19). Pure.
#pragma once

#include "redress/storage/v1/complaint_fact.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::analytics {

using storage::v1::ComplaintFact;

// The fact after an event. `before` carries what the state forgets: promises that ended under
// earlier clocks.
ComplaintFact MakeFact(const storage::v1::ComplaintState& state, const ComplaintFact& before);

}  // namespace redress::analytics
