#include "services/classifier/decide/triage_scores.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"

namespace redress::classifier {
namespace {

using policy::v1::BaseScores;
using policy::v1::Triage;

constexpr uint32_t kLeast = 1;
constexpr uint32_t kMost = 5;

uint32_t AxisOf(const BaseScores& scores, Triage::Axis axis) {
  switch (axis) {
    case Triage::SEVERITY:
      return scores.severity();
    case Triage::URGENCY:
      return scores.urgency();
    case Triage::IMPACT:
      return scores.impact();
    default:
      return scores.complexity();
  }
}

void SetAxis(Triage::Axis axis, uint32_t value, BaseScores* scores) {
  value = std::clamp(value, kLeast, kMost);
  switch (axis) {
    case Triage::SEVERITY:
      return scores->set_severity(value);
    case Triage::URGENCY:
      return scores->set_urgency(value);
    case Triage::IMPACT:
      return scores->set_impact(value);
    default:
      return scores->set_complexity(value);
  }
}

// Which of `size` rules have a finding.
std::vector<bool> Hit(const Findings& findings, Subject subject, int size) {
  std::vector<bool> hit(static_cast<size_t>(size));
  for (const Finding& finding : findings) {
    if (finding.subject == subject) hit[finding.index] = true;
  }
  return hit;
}

bool Reaches(const event::v1::Money& amount, const Triage::AmountRule& rule) {
  return std::any_of(
      rule.amount_at_least().begin(), rule.amount_at_least().end(), [&](const auto& least) {
        return least.currency() == amount.currency() && amount.amount_minor() >= least.minor();
      });
}

}  // namespace

std::vector<FiredSignal> FireSignals(const TriageEngine& engine, const Findings& findings,
                                     Trace* trace) {
  const auto& signals = engine.policy().policy().triage().signals();
  std::vector<int64_t> values(static_cast<size_t>(signals.size()));
  for (const Finding& finding : findings) {
    if (finding.subject == Subject::kSignal) values[finding.index] += finding.weight;
  }
  std::vector<FiredSignal> fired;
  for (size_t i = 0; i < values.size(); ++i) {
    const Triage::Signal& signal = signals[static_cast<int>(i)];
    if (values[i] == 0 || values[i] < signal.threshold()) continue;
    fired.push_back({&signal, values[i]});
    trace->rules.push_back(absl::StrCat("signal.", signal.code()));
    trace->weights.emplace_back(absl::StrCat("signal.", signal.code()), values[i]);
  }
  return fired;
}

BaseScores ScoreAxes(const TriageEngine& engine, const PolicyCategory& category,
                     const Findings& findings, const std::optional<event::v1::Money>& amount,
                     Trace* trace) {
  const Triage& triage = engine.policy().policy().triage();
  BaseScores scores = category.base;
  const std::vector<bool> hit = Hit(findings, Subject::kScore, triage.scores_size());
  for (size_t i = 0; i < hit.size(); ++i) {
    if (!hit[i]) continue;
    const Triage::ScoreRule& rule = triage.scores(static_cast<int>(i));
    const int raised =
        static_cast<int>(std::max(AxisOf(scores, rule.axis()), rule.at_least())) + rule.add();
    SetAxis(rule.axis(), static_cast<uint32_t>(std::max(raised, 0)), &scores);
    trace->rules.push_back(absl::StrCat("score.", rule.name()));
  }
  for (const Triage::AmountRule& rule : triage.amounts()) {
    if (!amount || !Reaches(*amount, rule)) continue;
    SetAxis(rule.axis(), std::max(AxisOf(scores, rule.axis()), rule.at_least()), &scores);
    trace->rules.push_back(absl::StrCat("amount.", rule.name()));
  }
  return scores;
}

uint32_t EmotionIndex(const TriageEngine& engine, const Findings& findings,
                      const Shouting& shouting, Trace* trace) {
  const Triage::Emotion& emotion = engine.policy().policy().triage().emotion();
  std::vector<int64_t> points(static_cast<size_t>(emotion.groups_size()));
  for (const Finding& finding : findings) {
    if (finding.subject == Subject::kEmotion)
      points[finding.index] += int64_t{finding.weight} * finding.count;
  }
  int64_t index = emotion.base_percent();
  trace->weights.emplace_back("emotion.base", index);
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i] == 0) continue;
    const Triage::EmotionGroup& group = emotion.groups(static_cast<int>(i));
    const int64_t capped = std::min<int64_t>(points[i], group.cap()) * (group.calming() ? -1 : 1);
    index += capped;
    trace->rules.push_back(absl::StrCat("emotion.", group.name()));
    trace->weights.emplace_back(absl::StrCat("emotion.", group.name()), capped);
  }
  const int64_t loud =
      std::min<int64_t>(int64_t{shouting.exclamation_marks} * emotion.exclamation_points() +
                            int64_t{shouting.capital_words} * emotion.capitals_points(),
                        emotion.shouting_cap());
  if (loud > 0) {
    index += loud;
    trace->rules.push_back("emotion.shouting");
    trace->weights.emplace_back("emotion.shouting", loud);
  }
  return static_cast<uint32_t>(std::clamp<int64_t>(index, 0, 100));
}

event::v1::Assessment::Priority PriorityOf(const Triage& triage,
                                           const event::v1::Assessment& assessment, Trace* trace) {
  const Triage::Priority& rules = triage.priority();
  int64_t value = 0;
  for (const Triage::ValueTier& tier : triage.value_tiers()) {
    if (tier.code() == assessment.customer_value_tier()) value = tier.score();
  }
  const std::array<std::pair<std::string_view, int64_t>, 7> parts = {
      {{"priority.severity", int64_t{assessment.severity()} * rules.severity_weight()},
       {"priority.urgency", int64_t{assessment.urgency()} * rules.urgency_weight()},
       {"priority.impact", int64_t{assessment.impact()} * rules.impact_weight()},
       {"priority.value", value * rules.value_weight()},
       {"priority.emotion",
        int64_t{assessment.emotion_index_percent()} * rules.emotion_weight() / 20},
       {"priority.safety", assessment.safety() ? rules.safety_bonus() : 0},
       {"priority.legal", assessment.legal_risk() ? rules.legal_bonus() : 0}}};
  event::v1::Assessment::Priority priority;
  int64_t score = 0;
  for (const auto& [name, points] : parts) {
    score += points;
    if (points != 0) trace->weights.emplace_back(std::string(name), points);
  }
  priority.set_score(score);
  priority.set_ageing_per_hour(rules.ageing_per_hour());
  // By falling least score; the last has 0.
  for (const Triage::Band& band : rules.bands()) {
    if (score < int64_t{band.min_score()}) continue;
    priority.set_band(band.band());
    break;
  }
  return priority;
}

bool IsFastLane(const CompiledPolicy& policy, const PolicyFacts& facts, Trace* trace) {
  const auto* rule = policy.FirstMatch(policy.policy().triage().fast_lane(), facts);
  if (rule != nullptr) trace->rules.push_back(absl::StrCat("fast_lane.", rule->name()));
  return rule != nullptr;
}

uint32_t InitialLevel(const CompiledPolicy& policy, const PolicyFacts& facts, Trace* trace) {
  const auto* rule = policy.FirstMatch(policy.policy().triage().initial_level(), facts);
  trace->rules.push_back(absl::StrCat("level.", rule == nullptr ? "default" : rule->name()));
  return rule == nullptr ? 1 : rule->level();
}

}  // namespace redress::classifier
