#include "services/classifier/decide/assess.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/text.h"
#include "libs/base/utf8.h"
#include "services/classifier/decide/category_choice.h"
#include "services/classifier/decide/plain_text.h"
#include "services/classifier/decide/triage_scores.h"

namespace redress::classifier {
namespace {

using event::v1::Assessment;
using event::v1::Trigger;
using policy::v1::Triage;

constexpr int kMostEvidenceWords = 32;
constexpr size_t kUsualRules = 16;
constexpr size_t kLongestEvidence = 80;

// One assessment in the making.
class Assessing {
 public:
  Assessing(const AssessInput& input, const TriageEngine& engine)
      : input_(input),
        engine_(engine),
        policy_(engine.policy()),
        plain_(ReadPlainText(input.subject, input.text)),
        findings_(engine.Find(plain_.words)) {
    trace_.rules.reserve(kUsualRules);
    trace_.weights.reserve(kUsualRules);
  }

  AssessmentResult Run() && {
    assessment_.set_assessment_id(input_.assessment_id);
    assessment_.set_language(LanguageOf(plain_.words, input_.language));
    ReadEntities();
    ChooseTheCategory();
    ScoreIt();
    OpenTriggers();
    KeepEvidence();
    Explain();
    return std::move(result_);
  }

 private:
  void ReadEntities();
  void ChooseTheCategory();
  void TakeFromText(const CategoryChoice& choice);
  bool TakeDeclared();
  bool TakeFromLabels();
  void TakeCause(uint32_t cause, Assessment::Basis basis);
  void AddDepartment(const std::string& code);
  void ScoreIt();
  void OpenTriggers();
  void OpenTrigger(Trigger::Kind kind, int64_t value, int64_t threshold);
  void KeepEvidence();
  void Explain();
  void AddInput(std::string_view name, std::string value);
  const PolicyCategory& category() const { return policy_.categories()[cause_]; }

  const AssessInput& input_;
  const TriageEngine& engine_;
  const CompiledPolicy& policy_;
  const PlainText plain_;
  const Findings findings_;

  AssessmentResult result_;
  Assessment& assessment_ = result_.assessment;
  std::optional<event::v1::Money> amount_;
  bool amount_declared_ = false;
  uint32_t cause_ = 0;
  std::vector<FiredSignal> signals_;
  Trace trace_;
};

void Assessing::ReadEntities() {
  std::map<std::string, uint32_t, std::less<>> counts;
  for (const std::string& order : input_.order_refs) {
    auto* entity = result_.personal.add_entities();
    entity->set_kind(std::string(kOrderNumber));
    entity->set_text(order);
    entity->set_value(order);
    ++counts[std::string(kOrderNumber)];
  }
  amount_ = input_.amount;
  amount_declared_ = amount_.has_value();
  for (FoundEntity& found : engine_.Entities(plain_.words, input_.region == "us")) {
    const bool known = found.kind == kOrderNumber &&
                       std::find(input_.order_refs.begin(), input_.order_refs.end(), found.value) !=
                           input_.order_refs.end();
    if (known) continue;
    const bool larger =
        found.money && (!amount_ || found.money->amount_minor() > amount_->amount_minor());
    if (larger && !amount_declared_) amount_ = found.money;
    auto* entity = result_.personal.add_entities();
    entity->set_kind(std::string(found.kind));
    entity->set_text(plain_.words.substr(found.begin, found.end - found.begin));
    entity->set_value(std::move(found.value));
    ++counts[entity->kind()];
  }
  for (const auto& [kind, count] : counts) {
    auto* entry = assessment_.add_entity_counts();
    entry->set_kind(kind);
    entry->set_count(count);
  }
}

void Assessing::ChooseTheCategory() {
  assessment_.set_taxonomy(policy_.PartHash("taxonomy").ToBytes());
  assessment_.mutable_source_codes()->Assign(input_.labels.begin(), input_.labels.end());
  if (const auto choice = ChooseCategory(engine_, findings_, plain_.subject_size)) {
    TakeFromText(*choice);
  } else if (!TakeDeclared() && !TakeFromLabels()) {
    const auto unclassified = CauseOfPath(engine_, policy_.policy().taxonomy().unclassified());
    REDRESS_CHECK(unclassified.has_value());  // CheckPolicy
    TakeCause(*unclassified, Assessment::UNCLASSIFIED);
    assessment_.set_abstained_at(1);
    for (auto& level : *assessment_.mutable_category()) level.set_permille(0);
  }
}

void Assessing::TakeFromText(const CategoryChoice& choice) {
  TakeCause(choice.cause, Assessment::RULES);
  for (int level = 0; level < 3; ++level) {
    assessment_.mutable_category(level)->set_permille(
        choice.level_permille[static_cast<size_t>(level)]);
  }
  assessment_.set_abstained_at(choice.abstained_at);
  assessment_.set_margin_permille(choice.margin_permille);
  trace_.weights.emplace_back("category.winner", choice.score / 1000);
  if (choice.runner_up) {
    assessment_.set_runner_up(policy_.categories()[*choice.runner_up].path);
    trace_.weights.emplace_back("category.runner_up", choice.runner_up_score / 1000);
  }
  for (const uint32_t department : choice.departments)
    AddDepartment(policy_.categories()[department].path);
  // Which levels of the winner the text speaks of, and by which patterns.
  const uint32_t type = engine_.parent(cause_);
  absl::InlinedVector<std::pair<uint32_t, const std::string*>, 8> speaking;
  for (const Finding& finding : findings_) {
    const bool counts =
        finding.subject == Subject::kCategory &&
        (finding.index == cause_ || finding.index == type || finding.index == engine_.parent(type));
    if (!counts) continue;
    const std::pair found(finding.index, finding.pattern);
    if (std::find(speaking.begin(), speaking.end(), found) == speaking.end())
      speaking.push_back(found);
  }
  auto& rules = trace_.rules;
  const auto first = static_cast<ptrdiff_t>(rules.size());
  for (const auto& [index, pattern] : speaking) {
    const std::string& path = policy_.categories()[index].path;
    rules.push_back(pattern == nullptr ? absl::StrCat("category.", path)
                                       : absl::StrCat("category.", path, ":", *pattern));
  }
  std::sort(rules.begin() + first, rules.end());
  rules.erase(std::unique(rules.begin() + first, rules.end()), rules.end());
}

bool Assessing::TakeDeclared() {
  if (input_.declared_category.empty()) return false;
  const auto cause = CauseOfPath(engine_, absl::StrJoin(input_.declared_category, "/"));
  if (!cause) return false;
  TakeCause(*cause, Assessment::DECLARED);
  trace_.rules.push_back("declared");
  return true;
}

bool Assessing::TakeFromLabels() {
  const std::string_view path = policy_.CategoryOfLabels(input_.source, input_.labels);
  const auto cause = path.empty() ? std::nullopt : CauseOfPath(engine_, path);
  if (!cause) return false;
  TakeCause(*cause, Assessment::LABEL_MAP);
  trace_.rules.push_back("label_map");
  return true;
}

void Assessing::TakeCause(uint32_t cause, Assessment::Basis basis) {
  cause_ = cause;
  assessment_.set_basis(basis);
  for (const std::string& code :
       {category().department->code(), category().type->code(), category().cause->code()}) {
    auto* level = assessment_.add_category();
    level->set_code(code);
    level->set_permille(1000);
  }
  if (basis != Assessment::RULES)
    assessment_.set_margin_permille(basis == Assessment::UNCLASSIFIED ? 0 : 1000);
  AddDepartment(category().department->code());
  for (const std::string& department : category().type->also_involves()) AddDepartment(department);
  // To whom it should go, by type and content (F4.9); the router may know better.
  assessment_.set_department_recommended(category().department->code());
}

void Assessing::AddDepartment(const std::string& code) {
  const auto& known = assessment_.departments();
  if (std::find(known.begin(), known.end(), code) == known.end()) assessment_.add_departments(code);
}

void Assessing::ScoreIt() {
  const Triage& triage = policy_.policy().triage();
  signals_ = FireSignals(engine_, findings_, &trace_);
  const auto fired = [&](Triage::SignalKind kind) {
    return std::any_of(signals_.begin(), signals_.end(),
                       [&](const FiredSignal& signal) { return signal.signal->kind() == kind; });
  };
  assessment_.set_safety(category().cause->safety() || fired(Triage::SAFETY));
  assessment_.set_legal_risk(category().cause->legal_risk() || fired(Triage::LEGAL_RISK));
  const auto axes = ScoreAxes(engine_, category(), findings_, amount_, &trace_);
  assessment_.set_severity(axes.severity());
  assessment_.set_urgency(axes.urgency());
  assessment_.set_impact(axes.impact());
  assessment_.set_complexity(axes.complexity());
  assessment_.set_emotion_index_percent(
      EmotionIndex(engine_, findings_, ShoutingIn(plain_.words), &trace_));
  assessment_.set_customer_value_tier(triage.default_value_tier());
  *assessment_.mutable_priority() = PriorityOf(triage, assessment_, &trace_);

  PolicyFacts facts = FactsOf(assessment_);
  facts.channel = input_.channel;
  facts.region = input_.region;
  facts.product_line = input_.product_line;
  facts.amount = amount_;
  for (const FiredSignal& signal : signals_) facts.signals.push_back(signal.signal->code());
  assessment_.set_fast_lane(IsFastLane(policy_, facts, &trace_));
  facts.fast_lane = assessment_.fast_lane();
  assessment_.set_level(InitialLevel(policy_, facts, &trace_));
}

void Assessing::OpenTriggers() {
  const auto strongest = [&](Triage::SignalKind kind) {
    const FiredSignal* best = nullptr;
    for (const FiredSignal& signal : signals_) {
      if (signal.signal->kind() == kind && (best == nullptr || signal.value > best->value))
        best = &signal;
    }
    return best;
  };
  // F10.5.
  if (const FiredSignal* asked = strongest(Triage::HIGHER_LEVEL_ASKED)) {
    OpenTrigger(Trigger::ASKED_FOR_HIGHER, asked->value, asked->signal->threshold());
  }
  // F10.7: what is said, or what it is about.
  if (assessment_.legal_risk()) {
    const FiredSignal* risk = strongest(Triage::LEGAL_RISK);
    OpenTrigger(Trigger::LEGAL_OR_COMPLIANCE_RISK, risk == nullptr ? 0 : risk->value,
                risk == nullptr ? 0 : risk->signal->threshold());
  }
  // F5.4, F10.8.
  const uint32_t warning = policy_.policy().triage().emotion().warning_percent();
  if (assessment_.emotion_index_percent() >= warning) {
    OpenTrigger(Trigger::EMOTION_THRESHOLD, assessment_.emotion_index_percent(), warning);
  }
}

void Assessing::OpenTrigger(Trigger::Kind kind, int64_t value, int64_t threshold) {
  Trigger* trigger = result_.triggers.Add();
  trigger->set_trigger_id(
      HashedId<EventId>({"trigger", input_.assessment_id, std::to_string(static_cast<int>(kind))})
          .ToBytes());
  trigger->set_kind(kind);
  trigger->set_value(value);
  trigger->set_threshold(threshold);
}

// Words in the order of the text, each once.
void Assessing::KeepEvidence() {
  const uint32_t type = engine_.parent(cause_);
  const uint32_t department = engine_.parent(type);
  // Place and length; of those at one place the longest.
  absl::InlinedVector<std::pair<uint32_t, uint32_t>, 96> places;
  for (const Finding& finding : findings_) {
    const bool elsewhere = finding.subject == Subject::kCategory && finding.index != cause_ &&
                           finding.index != type && finding.index != department;
    if (!elsewhere) places.emplace_back(finding.first, UINT32_MAX - finding.length);
  }
  std::sort(places.begin(), places.end());
  auto* words = result_.personal.mutable_evidence_words();
  for (size_t i = 0; i < places.size() && words->size() < kMostEvidenceWords; ++i) {
    if (i > 0 && places[i].first == places[i - 1].first) continue;
    const std::string_view found =
        std::string_view(plain_.words).substr(places[i].first, UINT32_MAX - places[i].second);
    const std::string_view word = Utf8Prefix(found, kLongestEvidence);
    if (std::find(words->begin(), words->end(), word) == words->end())
      words->Add(std::string(word));
  }
}

void Assessing::AddInput(std::string_view name, std::string value) {
  if (value.empty()) return;
  auto* input = assessment_.mutable_explained()->add_inputs();
  input->set_name(std::string(name));
  input->set_value(std::move(value));
}

// Names, codes and numbers; no word of the text.
void Assessing::Explain() {
  auto* explained = assessment_.mutable_explained();
  explained->mutable_rules_fired()->Reserve(static_cast<int>(trace_.rules.size()));
  explained->mutable_weights()->Reserve(static_cast<int>(trace_.weights.size()));
  for (std::string& rule : trace_.rules) explained->add_rules_fired(std::move(rule));
  AddInput("channel", input_.channel == 0 ? "" : event::v1::Channel_Name(input_.channel));
  AddInput("language", assessment_.language());
  AddInput("region", input_.region);
  AddInput("product_line", input_.product_line);
  AddInput("declared_category", absl::StrJoin(input_.declared_category, "/"));
  AddInput("labels", input_.labels.empty() ? "" : absl::StrCat(input_.labels.size()));
  // What a text says is personal; what the record says is not.
  if (amount_ && amount_declared_) {
    AddInput("amount", absl::StrCat(amount_->amount_minor(), " ", amount_->currency()));
  } else if (amount_) {
    AddInput("amount", "largest in the text");
  }
  AddInput("text_bytes", absl::StrCat(plain_.words.size()));
  AddInput("value_tier", assessment_.customer_value_tier());
  for (auto& [name, weight] : trace_.weights) {
    auto* entry = explained->add_weights();
    entry->set_name(std::move(name));
    entry->set_weight(weight);
  }
  explained->set_result(category().path);
  explained->set_runner_up(assessment_.runner_up());
  explained->set_margin_permille(assessment_.margin_permille());
  for (const std::string_view part : {"taxonomy", "triage", "label_map"}) {
    const ContentHash hash = policy_.PartHash(part);
    if (!hash) continue;
    auto* version = explained->add_versions();
    version->set_name(std::string(part));
    version->set_hash(hash.ToBytes());
  }
}

}  // namespace

AssessmentResult Assess(const AssessInput& input, const TriageEngine& engine) {
  return Assessing(input, engine).Run();
}

}  // namespace redress::classifier
