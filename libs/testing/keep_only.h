// What a service that keeps some aspects only would have of a state: the oracle for `Apply` with
// fewer aspects. Pure.
#pragma once

#include "libs/domain/aspects.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::testing {

// Clears the aspects that are not kept.
void KeepOnly(AspectSet kept, storage::v1::ComplaintState* state);

}  // namespace redress::testing
