// The transition table (`events.md` 1.4): every stage × event type. Deciders check it before they
// allow; the fold never does, it only counts violations as bugs. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "redress/event/v1/intake.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress {

using Stage = storage::v1::StageState;

struct LifecycleCell {
  bool allowed = false;
  // Stage afterwards when allowed.
  storage::v1::StageState::Stage next = storage::v1::StageState::NONE;
  // Code of refusal when not.
  event::v1::CommandRefused::Code refusal = event::v1::CommandRefused::STAGE_FORBIDS;
};

// True when the table has a row for the type; every released complaint event has one.
bool InLifecycle(uint32_t type);

// The cell. `ever_assessed` matters for reopening only (→ received when it was never assessed). In
// stage NONE only the opening event is allowed.
LifecycleCell LifecycleOf(uint32_t type, storage::v1::StageState::Stage stage, bool ever_assessed);

// True when the decider has to read the stage: the row is not all "allowed, unchanged".
bool DependsOnStage(uint32_t type);

// "received", "assessed", …
std::string_view StageName(storage::v1::StageState::Stage stage);

}  // namespace redress
