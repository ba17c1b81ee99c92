// Finds thousands of weighted keywords in a text in one pass (Aho-Corasick over bytes).
//
// The classifier builds one per policy version from all keywords of taxonomy and triage and runs it over every
// text. Spelling of keywords: see `Keyword` in proto/redress/policy/v1/shared.proto. Immutable once built;
// thread-safe; a scan allocates only its result and the scratch that the caller may keep.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace redress {

// A keyword that was found.
struct KeywordHit {
  // As returned by Add.
  uint32_t keyword = 0;
  // How often; for joined terms the number of sentences that hold them all.
  uint32_t count = 0;
  // Byte offset of the first occurrence and its length; of joined terms that of the first term.
  uint32_t first = 0;
  uint32_t length = 0;
};

class KeywordMatcher {
 public:
  // Collects keywords. Not thread-safe.
  class Builder {
   public:
    // Returns the keyword's number, counted from 0. The same text may be added twice and gets two numbers.
    // InvalidArgument: empty, only blanks or "*", a term over 200 bytes, more than 4 joined terms.
    absl::StatusOr<uint32_t> Add(std::string_view text);
    KeywordMatcher Build() &&;

   private:
    friend class KeywordMatcher;
    struct Term {
      std::string bytes;
      bool prefix = false;
      bool operator==(const Term&) const = default;
    };
    std::vector<std::vector<uint32_t>> keywords_;
    std::vector<Term> terms_;
    absl::flat_hash_map<std::string, uint32_t> term_by_key_;
  };

  // What is wrong with the spelling of a keyword; ok: Add will take it.
  static absl::Status CheckSpelling(std::string_view text);

  KeywordMatcher(KeywordMatcher&&) = default;
  KeywordMatcher& operator=(KeywordMatcher&&) = default;

  // Keywords found in `text` (UTF-8; other bytes are passed over), by rising number. Only the first 64 KiB and the
  // first 64 sentences tell joined terms apart: later sentences count as the last.
  std::vector<KeywordHit> Find(std::string_view text) const;
  size_t keyword_count() const { return keyword_count_; }

 private:
  struct Output {
    uint32_t term;
    uint32_t length;
    bool word_start;
    bool word_end;
  };
  struct Found {
    uint32_t count = 0;
    uint32_t first = 0;
    uint64_t sentences = 0;
  };
  KeywordMatcher() = default;
  uint32_t Step(uint32_t state, uint8_t byte) const {
    return next_[state * classes_ + byte_class_[byte]];
  }

  size_t keyword_count_ = 0;
  uint32_t classes_ = 1;
  uint8_t byte_class_[256] = {};
  // Complete automaton: state × byte class → state.
  std::vector<uint32_t> next_;
  // Outputs of state s: outputs_[output_begin_[s] .. output_begin_[s + 1]), those of its suffixes included.
  std::vector<uint32_t> output_begin_;
  std::vector<Output> outputs_;
  // Keywords of each term: (keyword, number of its terms); and the terms of each keyword.
  std::vector<std::vector<uint32_t>> keywords_of_term_;
  std::vector<std::vector<uint32_t>> terms_of_keyword_;
  std::vector<uint32_t> term_length_;
};

}  // namespace redress
