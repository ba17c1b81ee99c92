#include "libs/policy/policy_facts.h"

#include <string_view>

namespace redress {
namespace {

constexpr std::string_view kSignalPrefix = "signal.";

}  // namespace

PolicyFacts FactsOf(const event::v1::Assessment& assessment) {
  PolicyFacts facts;
  for (const auto& level : assessment.category()) {
    if (!facts.category.empty()) facts.category += '/';
    facts.category += level.code();
  }
  facts.language = assessment.language();
  facts.severity = assessment.severity();
  facts.urgency = assessment.urgency();
  facts.impact = assessment.impact();
  facts.complexity = assessment.complexity();
  facts.emotion_percent = assessment.emotion_index_percent();
  facts.band = assessment.priority().band();
  facts.level = assessment.level();
  facts.value_tier = assessment.customer_value_tier();
  facts.departments = static_cast<uint32_t>(assessment.departments_size());
  facts.safety = assessment.safety();
  facts.legal_risk = assessment.legal_risk();
  facts.fast_lane = assessment.fast_lane();
  for (const std::string& rule : assessment.explained().rules_fired()) {
    if (rule.starts_with(kSignalPrefix)) facts.signals.push_back(rule.substr(kSignalPrefix.size()));
  }
  return facts;
}

}  // namespace redress
