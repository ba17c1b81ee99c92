// What a policy's conditions look at, and the one place that fills it from an assessment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/shared.pb.h"

namespace redress {

// Unset values (0, empty, nullopt) are unknown and fail the condition that
// asks for them.
struct PolicyFacts {
  // Up to three codes: "department/type/cause".
  std::string category;
  event::v1::Channel channel = event::v1::CHANNEL_UNSPECIFIED;
  std::string region;
  // BCP 47; only the primary tag counts.
  std::string language;
  std::string product_line;
  std::optional<event::v1::Money> amount;
  // 1-5.
  uint32_t severity = 0;
  uint32_t urgency = 0;
  uint32_t impact = 0;
  uint32_t complexity = 0;
  uint32_t emotion_percent = 0;
  // 1-4.
  uint32_t band = 0;
  uint32_t level = 0;
  std::string value_tier;
  uint32_t departments = 0;
  uint32_t repeats = 0;
  bool safety = false;
  bool legal_risk = false;
  bool fast_lane = false;
  // Codes of triage signals that fired.
  std::vector<std::string> signals;
};

// Takes from an assessment all that it knows; the caller adds channel, region, product line,
// amount, repeats and the current level. Signals are the `rules_fired` that begin with "signal."
// (the classifier writes "signal.<code>").
PolicyFacts FactsOf(const event::v1::Assessment& assessment);

}  // namespace redress
