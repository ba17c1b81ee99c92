// Severity, urgency, impact, complexity, emotion, signals, priority and initial level of a
// complaint (F5.3, F6, F7) by the rules of a policy's triage. Every function answers with what
// fired, for the explanation. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libs/policy/compiled_policy.h"
#include "redress/event/v1/assessment.pb.h"
#include "services/classifier/decide/plain_text.h"
#include "services/classifier/decide/triage_engine.h"

namespace redress::classifier {

// What a decision leaves behind for the explanation: rules that fired, and numbers.
struct Trace {
  std::vector<std::string> rules;
  std::vector<std::pair<std::string, int64_t>> weights;
};

// A signal that fired.
struct FiredSignal {
  const policy::v1::Triage::Signal* signal = nullptr;
  // Sum of the weights of what was found, each keyword once.
  int64_t value = 0;
};
std::vector<FiredSignal> FireSignals(const TriageEngine& engine, const Findings& findings,
                                     Trace* trace);

// The four axes: the category's base, then the score rules in the order of the policy, then the
// amount rules.
policy::v1::BaseScores ScoreAxes(const TriageEngine& engine, const PolicyCategory& category,
                                 const Findings& findings,
                                 const std::optional<event::v1::Money>& amount, Trace* trace);

// Emotion index 0-100.
uint32_t EmotionIndex(const TriageEngine& engine, const Findings& findings,
                      const Shouting& shouting, Trace* trace);

// Base score, ageing and band (F6.3, F6.4) from the axes, emotion, flags and value tier of
// `assessment`.
event::v1::Assessment::Priority PriorityOf(const policy::v1::Triage& triage,
                                           const event::v1::Assessment& assessment, Trace* trace);

// Whether it goes straight to experts (F8.9), and the initial level 1-4 (F7.1-F7.5, F7.7).
bool IsFastLane(const CompiledPolicy& policy, const PolicyFacts& facts, Trace* trace);
uint32_t InitialLevel(const CompiledPolicy& policy, const PolicyFacts& facts, Trace* trace);

}  // namespace redress::classifier
