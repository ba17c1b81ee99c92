// Finds thousands of keywords in a text: a byte trie, walked from every place where a keyword may
// begin (each Chinese character, each start of a word). That visits fewer and hotter states than an
// Aho-Corasick automaton, which follows words from their middle too (measured: a quarter less
// time); the price is a worst case of text × longest keyword.
//
// The classifier builds one per policy version from all keywords of taxonomy and triage and runs it
// over every text. Spelling of keywords: see `Keyword` in proto/redress/policy/v1/shared.proto.
// Immutable once built, thread-safe.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
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
  size_t keyword_count() const { return terms_of_keyword_.size(); }

 private:
  // Eight bytes, since most of the time goes into fetching states from memory.
  struct State {
    // The first of its edges; of a dense state (`edges` = kDense) its row in `rows_`.
    uint32_t begin = 0;
    uint16_t edges = 0;
  };
  struct Output {
    uint32_t term;
    bool word_end;
    uint32_t next;
  };
  struct Occurrence {
    uint32_t term;
    uint32_t begin;
    uint32_t end;
    uint32_t sentence;
  };
  struct FoundTerm;
  // Per state its edges: byte → target.
  using Trie = std::vector<std::map<uint8_t, uint32_t>>;

  // Tells from four bytes, in a set small enough to stay at hand, that no term begins there: true
  // of most places.
  class FirstBytes {
   public:
    void Add(std::string_view term);
    // False: no term begins at `at`.
    bool MayBegin(std::string_view text, size_t at) const;

   private:
    static constexpr int kBits = 16;
    static size_t FourOf(std::string_view bytes);
    static size_t TwoOf(std::string_view bytes);

    // Of terms of four bytes and more their first four, hashed; of shorter ones their first two.
    std::bitset<size_t{1} << kBits> four_;
    std::bitset<size_t{1} << kBits> two_;
  };

  KeywordMatcher() = default;
  Trie OrderByDepth(const Trie& trie);
  void LinkFailures(const Trie& trie);
  void LayOut(const Trie& trie, const std::vector<uint32_t>& outputs);
  // The state that `byte` leads to, with kHasOutput where terms end in it; kNone: none.
  uint32_t Step(uint32_t state, uint8_t byte) const;
  std::vector<Occurrence> Scan(std::string_view folded) const;

  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kHasOutput = uint32_t{1} << 31;
  static constexpr uint16_t kDense = UINT16_MAX;

  FirstBytes first_bytes_;
  // The root first.
  std::vector<State> states_;
  std::vector<std::array<uint32_t, 256>> rows_;
  std::vector<uint8_t> edge_bytes_;
  std::vector<uint32_t> edge_targets_;
  // Of each state the first of the terms that end there, chained by `next`; kNone: none does.
  std::vector<uint32_t> output_of_state_;
  std::vector<Output> outputs_;
  // The keywords that begin with each term, and all terms of each keyword.
  std::vector<std::vector<uint32_t>> keywords_of_first_term_;
  std::vector<std::vector<uint32_t>> terms_of_keyword_;
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
