#include "services/classifier/decide/triage_engine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/text.h"

namespace redress::classifier {
namespace {

// Written as `Keyword.weight` 0.
constexpr uint32_t kUsualWeight = 10;
// Further places of one pattern change nothing.
constexpr uint32_t kMostMatches = 16;

uint32_t WeightOr(uint32_t weight) { return weight == 0 ? kUsualWeight : weight; }

}  // namespace

// Fills an engine while it is built.
class TriageEngine::Collector {
 public:
  explicit Collector(TriageEngine* engine) : engine_(engine) {}

  absl::Status Add(const policy::v1::Keywords& keywords, Subject subject, size_t index) {
    const auto place = static_cast<uint32_t>(index);
    for (const auto* list : {&keywords.zh(), &keywords.en()}) {
      for (const auto& keyword : *list) {
        REDRESS_RETURN_IF_ERROR(builder_.Add(keyword.text()).status());
        engine_->uses_.push_back({subject, place, WeightOr(keyword.weight())});
      }
    }
    for (const auto& pattern : keywords.patterns()) {
      REDRESS_RETURN_IF_ERROR(AddTo(&engine_->pattern_set_, pattern.regex()));
      engine_->patterns_.push_back({{subject, place, WeightOr(pattern.weight())},
                                    pattern.name(),
                                    std::make_unique<RE2>(pattern.regex(), RE2::Quiet)});
    }
    return absl::OkStatus();
  }

  absl::Status AddEntity(const std::string& kind, const std::string& regex) {
    REDRESS_RETURN_IF_ERROR(AddTo(&engine_->entity_set_, regex));
    engine_->entity_patterns_.push_back({kind, std::make_unique<RE2>(regex, RE2::Quiet)});
    return absl::OkStatus();
  }

  absl::Status Finish() && {
    engine_->matcher_ = std::make_unique<const KeywordMatcher>(std::move(builder_).Build());
    if (!engine_->pattern_set_.Compile() || !engine_->entity_set_.Compile()) {
      return absl::InvalidArgumentError("the policy's patterns are too large together");
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status AddTo(RE2::Set* set, const std::string& regex) {
    std::string error;
    if (set->Add(regex, &error) < 0)
      return absl::InvalidArgumentError(absl::StrCat("pattern ", regex, ": ", error));
    return absl::OkStatus();
  }

  TriageEngine* const engine_;
  KeywordMatcher::Builder builder_;
};

TriageEngine::TriageEngine(std::shared_ptr<const CompiledPolicy> policy)
    : policy_(std::move(policy)),
      pattern_set_(RE2::Quiet, RE2::UNANCHORED),
      entity_set_(RE2::Quiet, RE2::UNANCHORED) {}

void TriageEngine::IndexTree() {
  const auto& categories = policy_->categories();
  parents_.resize(categories.size());
  defaults_.resize(categories.size());
  std::array<uint32_t, 4> last = {};
  for (uint32_t i = 0; i < categories.size(); ++i) {
    const PolicyCategory& category = categories[i];
    const auto depth = static_cast<size_t>(category.depth);
    parents_[i] = depth > 1 ? last[depth - 1] : i;
    last[depth] = i;
    if (depth == 2) defaults_[i] = category.department->default_type() == category.type->code();
    if (depth != 3) continue;
    defaults_[i] = category.type->default_cause() == category.cause->code();
    const uint32_t type = parents_[i];
    causes_.push_back({i, type, parents_[type], 2 * defaults_[type] + defaults_[i]});
  }
}

absl::StatusOr<std::shared_ptr<const TriageEngine>> TriageEngine::Build(
    std::shared_ptr<const CompiledPolicy> policy) {
  std::shared_ptr<TriageEngine> engine(new TriageEngine(std::move(policy)));
  engine->IndexTree();
  Collector collector(engine.get());
  const auto& categories = engine->policy_->categories();
  for (size_t i = 0; i < categories.size(); ++i) {
    const PolicyCategory& category = categories[i];
    const policy::v1::Keywords& keywords = category.depth == 1   ? category.department->keywords()
                                           : category.depth == 2 ? category.type->keywords()
                                                                 : category.cause->keywords();
    REDRESS_RETURN_IF_ERROR(collector.Add(keywords, Subject::kCategory, i));
  }
  const auto& triage = engine->policy_->policy().triage();
  size_t index = 0;
  for (const auto& rule : triage.scores()) {
    REDRESS_RETURN_IF_ERROR(collector.Add(rule.keywords(), Subject::kScore, index++));
  }
  index = 0;
  for (const auto& signal : triage.signals()) {
    REDRESS_RETURN_IF_ERROR(collector.Add(signal.keywords(), Subject::kSignal, index++));
  }
  index = 0;
  for (const auto& group : triage.emotion().groups()) {
    REDRESS_RETURN_IF_ERROR(collector.Add(group.keywords(), Subject::kEmotion, index++));
  }
  for (const auto& entity : triage.entities()) {
    for (const std::string& regex : entity.patterns()) {
      REDRESS_RETURN_IF_ERROR(collector.AddEntity(entity.kind(), regex));
    }
  }
  REDRESS_RETURN_IF_ERROR(std::move(collector).Finish());
  return engine;
}

std::vector<int> TriageEngine::Matching(const RE2::Set& set, size_t patterns,
                                        std::string_view words) const {
  std::vector<int> matching;
  if (patterns == 0) return matching;
  RE2::Set::ErrorInfo error;
  const re2::StringPiece text(words.data(), words.size());
  if (!set.Match(text, &matching, &error) && error.kind != RE2::Set::kNoError) {
    // The automaton of all patterns together ran out of memory on this text: each is asked by
    // itself, for the same answer.
    matching.resize(patterns);
    for (size_t i = 0; i < patterns; ++i) matching[i] = static_cast<int>(i);
  }
  std::sort(matching.begin(), matching.end());
  return matching;
}

Findings TriageEngine::Find(std::string_view words) const {
  Findings findings;
  for (const KeywordHit& hit : matcher_->Find(words)) {
    const Use& use = uses_[hit.keyword];
    findings.push_back({use.subject, use.index, use.weight, hit.count, hit.first, hit.length});
  }
  const re2::StringPiece text(words.data(), words.size());
  for (const int number : Matching(pattern_set_, patterns_.size(), words)) {
    const PatternUse& pattern = patterns_[static_cast<size_t>(number)];
    Finding finding{pattern.use.subject, pattern.use.index, pattern.use.weight};
    finding.pattern = &pattern.name;
    re2::StringPiece match;
    for (size_t at = 0; at <= words.size() && finding.count < kMostMatches;) {
      if (!pattern.regex->Match(text, at, words.size(), RE2::UNANCHORED, &match, 1)) break;
      const auto begin = static_cast<size_t>(match.data() - words.data());
      if (finding.count++ == 0) {
        finding.first = static_cast<uint32_t>(begin);
        finding.length = static_cast<uint32_t>(match.size());
      }
      at = begin + std::max<size_t>(match.size(), 1);
    }
    if (finding.count > 0) findings.push_back(finding);
  }
  return findings;
}

std::vector<FoundEntity> TriageEngine::Entities(std::string_view words, bool month_first) const {
  std::vector<FoundEntity> found = FindEntities(words, month_first);
  const re2::StringPiece text(words.data(), words.size());
  for (const int number : Matching(entity_set_, entity_patterns_.size(), words)) {
    const EntityPattern& pattern = entity_patterns_[static_cast<size_t>(number)];
    // The first group is the entity; without groups all of the match.
    const int group = std::min(pattern.regex->NumberOfCapturingGroups(), 1);
    re2::StringPiece groups[2];
    for (size_t at = 0; at <= words.size() && found.size() < kMostEntities;) {
      if (!pattern.regex->Match(text, at, words.size(), RE2::UNANCHORED, groups, group + 1)) break;
      const re2::StringPiece& match = groups[group];
      at = static_cast<size_t>(groups[0].data() - words.data()) +
           std::max<size_t>(groups[0].size(), 1);
      if (match.empty()) continue;
      FoundEntity entity{pattern.kind, static_cast<size_t>(match.data() - words.data())};
      entity.end = entity.begin + match.size();
      entity.value = std::string(match.data(), match.size());
      // Where two rules see different things the longer one is right; a general rule is sure of
      // these three.
      const auto overlaps = [&](const FoundEntity& other) {
        return other.begin < entity.end && entity.begin < other.end;
      };
      const bool taken = std::any_of(found.begin(), found.end(), [&](const FoundEntity& other) {
        return overlaps(other) && (other.kind == kMail || other.kind == kAmount ||
                                   other.kind == kDate || other.end - other.begin >= match.size());
      });
      if (taken) continue;
      std::erase_if(found, overlaps);
      found.push_back(std::move(entity));
    }
  }
  std::sort(found.begin(), found.end(),
            [](const FoundEntity& a, const FoundEntity& b) { return a.begin < b.begin; });
  return found;
}

}  // namespace redress::classifier
