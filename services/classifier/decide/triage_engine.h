// A policy's taxonomy and triage made ready to read texts: all keywords in one automaton, all
// patterns in one set (F4.5, F4.6, F6.1, F6.2). Built once per policy version (tens of
// milliseconds), shared by all threads; immutable, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "libs/policy/compiled_policy.h"
#include "libs/policy/keyword_matcher.h"
#include "re2/re2.h"
#include "re2/set.h"
#include "services/classifier/decide/entities.h"

namespace redress::classifier {

// What a keyword or pattern speaks for.
enum class Subject : uint8_t { kCategory, kScore, kSignal, kEmotion };

// A keyword or pattern that the text holds.
struct Finding {
  Subject subject = Subject::kCategory;
  // Into CompiledPolicy::categories(), Triage.scores, .signals or Emotion.groups.
  uint32_t index = 0;
  uint32_t weight = 0;
  // How often.
  uint32_t count = 0;
  // The first place, bytes.
  uint32_t first = 0;
  uint32_t length = 0;
  // Name of the pattern; null: a keyword.
  const std::string* pattern = nullptr;
};

using Findings = absl::InlinedVector<Finding, 96>;

// A cause and its place in the tree, indexes into CompiledPolicy::categories().
struct CausePlace {
  uint32_t cause = 0;
  uint32_t type = 0;
  uint32_t department = 0;
  // Breaks ties, higher first: the default of its type, more so a cause of a default type.
  int rank = 0;
};

class TriageEngine {
 public:
  // INVALID_ARGUMENT for a keyword or pattern that a published policy cannot have (CheckPolicy
  // refuses it).
  static absl::StatusOr<std::shared_ptr<const TriageEngine>> Build(
      std::shared_ptr<const CompiledPolicy> policy);

  // All that the words hold, in a fixed order. `words` is valid UTF-8.
  Findings Find(std::string_view words) const;
  // Those of `FindEntities`, and those of the policy's own patterns where they do not overlap.
  std::vector<FoundEntity> Entities(std::string_view words, bool month_first) const;

  const CompiledPolicy& policy() const { return *policy_; }
  // Index of the category above, into `categories()`; only for those of depth 2 and 3.
  uint32_t parent(uint32_t category) const { return parents_[category]; }
  // All causes, in the order of the categories; in less memory, since every text is compared with
  // them.
  const std::vector<CausePlace>& causes() const { return causes_; }
  // Whether the category is what is taken when only the one above shows.
  bool is_default(uint32_t category) const { return defaults_[category]; }

 private:
  struct Use {
    Subject subject;
    uint32_t index;
    uint32_t weight;
  };
  struct PatternUse {
    Use use;
    std::string name;
    std::unique_ptr<RE2> regex;
  };
  struct EntityPattern {
    std::string kind;
    std::unique_ptr<RE2> regex;
  };
  class Collector;

  explicit TriageEngine(std::shared_ptr<const CompiledPolicy> policy);
  void IndexTree();
  // Indexes of the patterns that occur at all.
  std::vector<int> Matching(const RE2::Set& set, size_t patterns, std::string_view words) const;

  const std::shared_ptr<const CompiledPolicy> policy_;
  std::vector<uint32_t> parents_;
  std::vector<bool> defaults_;
  std::vector<CausePlace> causes_;
  std::unique_ptr<const KeywordMatcher> matcher_;
  // By number of keyword.
  std::vector<Use> uses_;
  std::vector<PatternUse> patterns_;
  std::vector<EntityPattern> entity_patterns_;
  RE2::Set pattern_set_;
  RE2::Set entity_set_;
};

}  // namespace redress::classifier
