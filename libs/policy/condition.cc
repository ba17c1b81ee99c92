#include "libs/policy/condition.h"

#include <optional>
#include <string>

#include "absl/algorithm/container.h"

namespace redress {
namespace {

using policy::v1::Condition;

bool AmountReached(const Condition& condition, const std::optional<event::v1::Money>& amount) {
  if (condition.amount_at_least().empty()) return true;
  return amount &&
         std::any_of(condition.amount_at_least().begin(), condition.amount_at_least().end(),
                     [&](const policy::v1::Amount& least) {
                       return least.currency() == amount->currency() &&
                              amount->amount_minor() >= least.minor();
                     });
}

// Scores, flags and numbers, which need nothing but the facts.
bool NumbersHold(const Condition& c, const PolicyFacts& facts) {
  return facts.severity >= c.severity_at_least() && facts.urgency >= c.urgency_at_least() &&
         facts.impact >= c.impact_at_least() && facts.complexity >= c.complexity_at_least() &&
         facts.emotion_percent >= c.emotion_at_least() &&
         (c.band_at_most() == 0 || (facts.band > 0 && facts.band <= c.band_at_most())) &&
         facts.departments >= c.departments_at_least() && facts.repeats >= c.repeats_at_least() &&
         (!c.has_safety() || c.safety() == facts.safety) &&
         (!c.has_legal_risk() || c.legal_risk() == facts.legal_risk) &&
         (!c.has_fast_lane() || c.fast_lane() == facts.fast_lane);
}

bool CodesHold(const Condition& c, const PolicyFacts& facts) {
  return (c.categories().empty() || InCategories(c.categories(), facts.category)) &&
         EmptyOrContains(c.channels(), static_cast<int>(facts.channel)) &&
         EmptyOrContains(c.regions(), facts.region) &&
         EmptyOrContains(c.languages(), PrimaryTag(facts.language)) &&
         EmptyOrContains(c.product_lines(), facts.product_line) &&
         EmptyOrContains(c.levels(), facts.level) &&
         EmptyOrContains(c.value_tiers(), facts.value_tier) &&
         (c.signals().empty() ||
          std::any_of(c.signals().begin(), c.signals().end(), [&](const std::string& code) {
            return absl::c_linear_search(facts.signals, code);
          }));
}

}  // namespace

bool ConditionHolds(const Condition& condition, const PolicyFacts& facts,
                    policy::v1::Scenario scenario) {
  if (!NumbersHold(condition, facts) || !CodesHold(condition, facts) ||
      !AmountReached(condition, facts.amount) ||
      !EmptyOrContains(condition.scenarios(), static_cast<int>(scenario))) {
    return false;
  }
  const auto holds = [&](const Condition& part) { return ConditionHolds(part, facts, scenario); };
  return (condition.any_of().empty() ||
          std::any_of(condition.any_of().begin(), condition.any_of().end(), holds)) &&
         std::none_of(condition.none_of().begin(), condition.none_of().end(), holds);
}

}  // namespace redress
