#include "services/sla_timer/decide/policy_facts.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace redress::sla_timer {
namespace {

using event::v1::Field;
using policy::v1::Condition;
using storage::v1::ComplaintState;

struct NamedFact {
  std::string_view name;
  bool (*asked)(const Condition&);
  void (*write)(const PolicyFacts&, Field*);
};

void SetInteger(int64_t value, Field* field) {
  field->set_type(Field::INTEGER);
  field->set_integer(value);
}
void SetCode(std::string value, Field* field) {
  field->set_type(Field::CODE);
  field->set_text(std::move(value));
}
void SetBoolean(bool value, Field* field) {
  field->set_type(Field::BOOLEAN);
  field->set_integer(value ? 1 : 0);
}

// One line per fact of `Condition` that the state knows. Names go to the log: do not change.
constexpr NamedFact kFacts[] = {
    {"category",
     [](const Condition& c) { return !c.categories().empty() || !c.scenarios().empty(); },
     [](const PolicyFacts& f, Field* v) { SetCode(f.category, v); }},
    {"channel", [](const Condition& c) { return !c.channels().empty(); },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.channel, v); }},
    {"region", [](const Condition& c) { return !c.regions().empty(); },
     [](const PolicyFacts& f, Field* v) { SetCode(f.region, v); }},
    {"language", [](const Condition& c) { return !c.languages().empty(); },
     [](const PolicyFacts& f, Field* v) { SetCode(f.language, v); }},
    {"product_line", [](const Condition& c) { return !c.product_lines().empty(); },
     [](const PolicyFacts& f, Field* v) { SetCode(f.product_line, v); }},
    {"amount", [](const Condition& c) { return !c.amount_at_least().empty(); },
     [](const PolicyFacts& f, Field* v) {
       v->set_type(Field::MONEY);
       if (f.amount) *v->mutable_money() = *f.amount;
     }},
    {"severity", [](const Condition& c) { return c.severity_at_least() != 0; },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.severity, v); }},
    {"urgency", [](const Condition& c) { return c.urgency_at_least() != 0; },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.urgency, v); }},
    {"impact", [](const Condition& c) { return c.impact_at_least() != 0; },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.impact, v); }},
    {"complexity", [](const Condition& c) { return c.complexity_at_least() != 0; },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.complexity, v); }},
    {"emotion", [](const Condition& c) { return c.emotion_at_least() != 0; },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.emotion_percent, v); }},
    {"band", [](const Condition& c) { return c.band_at_most() != 0; },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.band, v); }},
    {kBasisLevel, [](const Condition& c) { return !c.levels().empty(); },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.level, v); }},
    {"value_tier", [](const Condition& c) { return !c.value_tiers().empty(); },
     [](const PolicyFacts& f, Field* v) { SetCode(f.value_tier, v); }},
    {"departments", [](const Condition& c) { return c.departments_at_least() != 0; },
     [](const PolicyFacts& f, Field* v) { SetInteger(f.departments, v); }},
    {"safety", [](const Condition& c) { return c.has_safety(); },
     [](const PolicyFacts& f, Field* v) { SetBoolean(f.safety, v); }},
    {"legal_risk", [](const Condition& c) { return c.has_legal_risk(); },
     [](const PolicyFacts& f, Field* v) { SetBoolean(f.legal_risk, v); }},
    {"fast_lane", [](const Condition& c) { return c.has_fast_lane(); },
     [](const PolicyFacts& f, Field* v) { SetBoolean(f.fast_lane, v); }},
};

}  // namespace

PolicyFacts FactsOfState(const ComplaintState& state) {
  PolicyFacts facts = FactsOf(state.assessment().assessment());
  const auto& record = state.record();
  facts.channel = record.channel();
  facts.region = record.region();
  facts.product_line = record.product_line();
  if (record.has_amount()) facts.amount = record.amount();
  if (facts.language.empty()) facts.language = record.language();
  facts.level = state.level().level();
  return facts;
}

void CollectFactNames(const Condition& condition, std::set<std::string>* names) {
  for (const NamedFact& fact : kFacts) {
    if (fact.asked(condition)) names->insert(std::string(fact.name));
  }
  for (const Condition& part : condition.any_of()) CollectFactNames(part, names);
  for (const Condition& part : condition.none_of()) CollectFactNames(part, names);
}

namespace {

std::set<std::string> ClockFactNames(const CompiledPolicy& policy) {
  std::set<std::string> names = {std::string(kBasisPolicy), std::string(kBasisCycle),
                                 std::string(kBasisLevel), std::string(kBasisLevelEntered)};
  for (const auto& rule : policy.policy().sla().rules()) {
    CollectFactNames(rule.when(), &names);
    for (const auto& clock : rule.clocks()) {
      if (clock.calendar() == "region") names.insert("region");
    }
  }
  return names;
}

std::set<std::string> EscalationFactNames(const CompiledPolicy& policy) {
  std::set<std::string> names = {std::string(kBasisLevel)};
  const auto& escalation = policy.policy().escalation();
  for (const auto& rule : escalation.triggers()) CollectFactNames(rule.when(), &names);
  for (const auto& level : escalation.levels()) {
    for (const auto& team : level.teams()) {
      if (!team.regions().empty()) names.insert("region");
      if (!team.languages().empty()) names.insert("language");
      if (!team.categories().empty()) names.insert("category");
    }
  }
  return names;
}

}  // namespace

FactNames FactNames::Of(const CompiledPolicy& policy) {
  return {ClockFactNames(policy), EscalationFactNames(policy)};
}

Field FactField(std::string_view name, const ComplaintState& state, const PolicyFacts& facts) {
  Field field;
  field.set_field_id(std::string(name));
  if (name == kBasisPolicy) {
    SetCode(absl::BytesToHexString(state.policy().manifest()), &field);
  } else if (name == kBasisCycle) {
    SetInteger(state.stage().cycle(), &field);
  } else if (name == kBasisLevelEntered) {
    field.set_type(Field::TIME);
    field.set_integer(state.level().entered_at_us());
  } else {
    for (const NamedFact& fact : kFacts) {
      if (fact.name == name) fact.write(facts, &field);
    }
  }
  return field;
}

bool BasisHolds(const ComplaintState& state) {
  const PolicyFacts facts = FactsOfState(state);
  return std::all_of(state.clocks().basis().begin(), state.clocks().basis().end(),
                     [&](const Field& named) {
                       const Field now = FactField(named.field_id(), state, facts);
                       if (now.type() == Field::TYPE_UNSPECIFIED) return true;
                       return now.type() == named.type() && now.text() == named.text() &&
                              now.integer() == named.integer() &&
                              now.money().amount_minor() == named.money().amount_minor() &&
                              now.money().currency() == named.money().currency();
                     });
}

const Field* FindBasis(const storage::v1::ClocksState& clocks, std::string_view name) {
  for (const Field& field : clocks.basis()) {
    if (field.field_id() == name) return &field;
  }
  return nullptr;
}

}  // namespace redress::sla_timer
