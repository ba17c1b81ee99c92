#include "services/sla_timer/decide/answer_triggers.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/domain/explanation.h"

namespace redress::sla_timer {
namespace {

using event::v1::ComplaintEscalated;
using event::v1::EscalationDeclined;
using event::v1::Explained;
using event::v1::Trigger;
using storage::v1::ComplaintState;

bool IsOfEarlierLevel(const storage::v1::TriggersState::Open& open, const ComplaintState& state) {
  const auto kind = open.trigger().kind();
  return (kind == Trigger::TIME_USED || kind == Trigger::TARGET_BROKEN_OR_IDLE) &&
         open.opened_at_us() < state.level().entered_at_us();
}

std::string KindName(Trigger::Kind kind) { return absl::AsciiStrToLower(Trigger::Kind_Name(kind)); }

void ExplainFacts(const ComplaintState& state, const PolicyFacts& facts,
                  const CompiledPolicy& policy, const FactNames& names, Explained* explained) {
  for (const std::string& name : names.of_escalation) {
    AddInput(name, FieldText(FactField(name, state, facts)), explained);
  }
  for (const auto& open : state.triggers().open()) {
    const Trigger& trigger = open.trigger();
    AddInput(absl::StrCat("trigger.", KindName(trigger.kind())),
             absl::StrCat(trigger.value(), " of ", trigger.threshold()), explained);
  }
  auto* version = explained->add_versions();
  version->set_name("escalation");
  version->set_hash(policy.PartHash("escalation").ToBytes());
}

// Answers for each open trigger, in their order.
std::vector<PolicyEscalation> AnswersOf(const ComplaintState& state, const PolicyFacts& facts,
                                        const CompiledPolicy& policy) {
  std::vector<PolicyEscalation> answers;
  for (const auto& open : state.triggers().open()) {
    answers.push_back(IsOfEarlierLevel(open, state)
                          ? PolicyEscalation{"escalation.level_left", 0}
                          : policy.Escalate(open.trigger().kind(), facts));
  }
  return answers;
}

}  // namespace

TriggerAnswer AnswerTriggers(const ComplaintState& state, const CompiledPolicy& policy,
                             const FactNames& names) {
  REDRESS_CHECK(state.triggers().open_size() > 0);
  REDRESS_CHECK(state.level().level() >= 1 && state.level().level() <= 4);
  const PolicyFacts facts = FactsOfState(state);
  const std::vector<PolicyEscalation> answers = AnswersOf(state, facts, policy);
  const auto highest =
      std::max_element(answers.begin(), answers.end(),
                       [](const auto& a, const auto& b) { return a.to_level < b.to_level; });
  Explained explained;
  for (const PolicyEscalation& answer : answers) {
    const auto& fired = explained.rules_fired();
    const bool named = std::find(fired.begin(), fired.end(), answer.rule) != fired.end();
    if (!named) explained.add_rules_fired(answer.rule);
  }
  ExplainFacts(state, facts, policy, names, &explained);

  if (highest->to_level <= facts.level) {
    EscalationDeclined declined;
    for (const auto& open : state.triggers().open())
      declined.add_triggers(open.trigger().trigger_id());
    declined.set_rule(highest->rule);
    explained.set_result(absl::StrCat("stays at level ", facts.level));
    *declined.mutable_explained() = std::move(explained);
    return declined;
  }

  ComplaintEscalated escalated;
  escalated.set_from_level(facts.level);
  escalated.set_to_level(highest->to_level);
  for (size_t i = 0; i < answers.size(); ++i) {
    const Trigger& trigger = state.triggers().open(static_cast<int>(i)).trigger();
    escalated.add_triggers(trigger.trigger_id());
    const auto& because = escalated.because();
    const bool named = std::find(because.begin(), because.end(), trigger.kind()) != because.end();
    if (answers[i].to_level > facts.level && !named) escalated.add_because(trigger.kind());
  }
  escalated.set_reason(highest->rule);
  const auto& level = policy.Level(escalated.to_level());
  if (const auto* team = policy.EscalationTeam(escalated.to_level(), facts)) {
    escalated.set_team_id(EntityIdOf("team", team->code()).ToBytes());
    explained.set_result(absl::StrCat("level ", escalated.to_level(), ", team ", team->code()));
  } else {
    explained.set_result(absl::StrCat("level ", escalated.to_level()));
  }
  escalated.set_owner_after(level.owner_after());
  escalated.mutable_view_scope()->CopyFrom(level.view_scope());
  *escalated.mutable_explained() = std::move(explained);
  return escalated;
}

}  // namespace redress::sla_timer
