// Open triggers: what asks for an escalation and is not answered yet (`events.md` 1.2, aspect
// TRIGGERS).
#pragma once

#include <cstdint>

#include "redress/storage/v1/complaint_state.pb.h"

namespace redress {

// The answer to a trigger mostly changes level, team and clocks. So setting clocks and routing
// leave the sla-timer this long to answer before they act: otherwise both would act twice. Bounded,
// since nothing may wait for good.
inline constexpr int64_t kAnswerGraceUs = 2'000'000;

// When work that an answer would undo may be done; 0: at once, µs since 1970.
inline int64_t AfterAnswerUs(const storage::v1::TriggersState& triggers) {
  return triggers.open().empty() ? 0 : triggers.open(0).opened_at_us() + kAnswerGraceUs;
}

}  // namespace redress
