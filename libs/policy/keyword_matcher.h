// Finds thousands of keywords in a text: from every place where a keyword may begin (each Chinese
// character, each start of a word) the terms that stand there are looked up (TermTrie).
//
// The classifier builds one per policy version from all keywords of taxonomy and triage and runs it
// over every text. Spelling of keywords: see `Keyword` in proto/redress/policy/v1/shared.proto.
// Immutable once built, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/policy/term_trie.h"

namespace redress {

// A keyword that was found.
struct KeywordHit {
  // As returned by Add.
  uint32_t keyword = 0;
  // How often; of joined terms: the number of sentences that hold them all.
  uint32_t count = 0;
  // Byte offset and length of the first occurrence in the text; of joined terms: of their first
  // term.
  uint32_t first = 0;
  uint32_t length = 0;

  friend bool operator==(const KeywordHit&, const KeywordHit&) = default;
};

class KeywordMatcher {
 public:
  class Builder;

  // What is wrong with the spelling of a keyword; ok: Builder::Add will take it.
  static absl::Status CheckSpelling(std::string_view text);

  // Keywords found in `text`, by rising number. Expects UTF-8; other bytes match nothing. Case of
  // ASCII, width of full-width forms, typographic apostrophes and the number of blanks make no
  // difference. Sentences end at . ! ? ; 。 and blank lines; from the 64th on they count as one.
  std::vector<KeywordHit> Find(std::string_view text) const;

 private:
  // A keyword, listed with its first term; the others are `other_count` of `other_terms_`.
  struct Use {
    uint32_t keyword = 0;
    uint32_t first_other = 0;
    uint32_t other_count = 0;
  };
  struct Occurrence {
    uint32_t term = 0;
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t sentence = 0;
  };
  static constexpr size_t kUsualOccurrences = 96;
  using Occurrences = absl::InlinedVector<Occurrence, kUsualOccurrences>;
  struct FoundTerm;

  KeywordMatcher(std::vector<TermSpelling> spellings, size_t term_count,
                 const std::vector<std::vector<uint32_t>>& terms_of_keyword);
  Occurrences Scan(std::string_view folded) const;

  const TermTrie trie_;
  // Of each term the first of its uses; behind the last term the number of all.
  std::vector<uint32_t> first_use_;
  std::vector<Use> uses_;
  std::vector<uint32_t> other_terms_;
};

// Collects keywords. Not thread-safe.
class KeywordMatcher::Builder {
 public:
  // Returns the keyword's number, counted from 0; the same text added twice gets two.
  // InvalidArgument when CheckSpelling says so.
  absl::StatusOr<uint32_t> Add(std::string_view text);
  KeywordMatcher Build() &&;

 private:
  struct Term {
    std::string bytes;
    bool prefix;
  };
  uint32_t TermNumber(const Term& term);
  static absl::StatusOr<std::vector<Term>> Split(std::string_view text);
  friend class KeywordMatcher;

  std::vector<Term> terms_;
  absl::flat_hash_map<std::string, uint32_t> term_numbers_;
  std::vector<std::vector<uint32_t>> terms_of_keyword_;
};

}  // namespace redress
