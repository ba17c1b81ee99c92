// What a command on a complaint needs before its decider says anything, and how it is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/domain/decision.h"
#include "libs/domain/lifecycle.h"
#include "libs/domain/payloads.h"
#include "libs/domain/state_view.h"

namespace redress::intake {

// The stage must allow an event of type P (`events.md` 1.4); else a refusal that names it.
template <typename P>
std::optional<Refusal> CheckStage(StateView& view) {
  const uint32_t type = PayloadOf<P>().number;
  if (!DependsOnStage(type)) return std::nullopt;
  const auto& stage = view.stage();
  const LifecycleCell cell = LifecycleOf(type, stage.stage(), stage.ever_assessed());
  if (cell.allowed) return std::nullopt;
  return Refusal{cell.refusal, {{"stage", std::string(StageName(stage.stage()))}}};
}

inline Refusal Precondition(std::string_view what) {
  return Refusal{event::v1::CommandRefused::PRECONDITION, {{"needs", std::string(what)}}};
}

inline Refusal Limit(std::string_view what, int limit) {
  return Refusal{event::v1::CommandRefused::OVER_LIMIT,
                 {{"limit", std::string(what)}, {"at_most", std::to_string(limit)}}};
}

}  // namespace redress::intake
