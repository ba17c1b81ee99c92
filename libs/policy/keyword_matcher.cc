#include "libs/policy/keyword_matcher.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/policy/folded_text.h"

namespace redress {
namespace {

constexpr size_t kMaxTermBytes = 200;
constexpr size_t kMaxTerms = 4;
constexpr uint32_t kLastSentence = 63;
constexpr char kSentenceEnd = FoldedText::kSentenceEnd;

bool IsWordByte(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

}  // namespace

absl::StatusOr<std::vector<KeywordMatcher::Builder::Term>> KeywordMatcher::Builder::Split(
    std::string_view text) {
  std::vector<Term> terms;
  const FoldedText folded(text);
  std::string_view rest = folded.bytes();
  while (true) {
    const size_t plus = rest.find(" + ");
    std::string_view part = rest.substr(0, plus);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    const bool prefix = !part.empty() && part.back() == '*';
    if (prefix) part.remove_suffix(1);
    if (part.empty()) {
      return absl::InvalidArgumentError(
          "is empty or has an empty term; write at least one character");
    }
    if (part.find('*') != std::string_view::npos) {
      return absl::InvalidArgumentError(
          "has a \"*\" inside a term; it may only stand at a term's end");
    }
    if (part.find(kSentenceEnd) != std::string_view::npos) {
      return absl::InvalidArgumentError(
          "holds the end of a sentence; keywords are found within one");
    }
    if (part.size() > kMaxTermBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("has a term over ", kMaxTermBytes, " bytes; shorten it"));
    }
    if (terms.size() == kMaxTerms) {
      return absl::InvalidArgumentError(
          absl::StrCat("joins more than ", kMaxTerms, " terms; use fewer"));
    }
    terms.push_back({std::string(part), prefix});
    if (plus == std::string_view::npos) return terms;
    rest.remove_prefix(plus + 3);
  }
}

absl::Status KeywordMatcher::CheckSpelling(std::string_view text) {
  return Builder::Split(text).status();
}

uint32_t KeywordMatcher::Builder::TermNumber(const Term& term) {
  const auto [it, added] =
      term_numbers_.try_emplace(absl::StrCat(term.prefix ? "*" : "=", term.bytes), terms_.size());
  if (added) terms_.push_back(term);
  return it->second;
}

absl::StatusOr<uint32_t> KeywordMatcher::Builder::Add(std::string_view text) {
  REDRESS_ASSIGN_OR_RETURN(const std::vector<Term> terms, Split(text));
  std::vector<uint32_t> numbers;
  for (const Term& term : terms) numbers.push_back(TermNumber(term));
  terms_of_keyword_.push_back(std::move(numbers));
  return static_cast<uint32_t>(terms_of_keyword_.size() - 1);
}

KeywordMatcher KeywordMatcher::Builder::Build() && {
  std::vector<TermSpelling> spellings;
  for (uint32_t number = 0; number < terms_.size(); ++number) {
    const auto& [bytes, prefix] = terms_[number];
    const bool word_end = !prefix && IsWordByte(bytes.back());
    spellings.push_back({bytes, number, word_end});
    // People leave the apostrophe out of "don't".
    if (const size_t at = bytes.find("n't"); at != std::string::npos)
      spellings.push_back({bytes.substr(0, at + 1) + bytes.substr(at + 2), number, word_end});
  }
  return KeywordMatcher(std::move(spellings), terms_.size(), terms_of_keyword_);
}

KeywordMatcher::KeywordMatcher(std::vector<TermSpelling> spellings, size_t term_count,
                               const std::vector<std::vector<uint32_t>>& terms_of_keyword)
    : trie_(std::move(spellings)) {
  std::vector<std::vector<Use>> uses(term_count);
  for (uint32_t keyword = 0; keyword < terms_of_keyword.size(); ++keyword) {
    const std::vector<uint32_t>& terms = terms_of_keyword[keyword];
    uses[terms[0]].push_back({keyword, static_cast<uint32_t>(other_terms_.size()),
                              static_cast<uint32_t>(terms.size() - 1)});
    other_terms_.insert(other_terms_.end(), terms.begin() + 1, terms.end());
  }
  for (const std::vector<Use>& of_term : uses) {
    first_use_.push_back(static_cast<uint32_t>(uses_.size()));
    uses_.insert(uses_.end(), of_term.begin(), of_term.end());
  }
  first_use_.push_back(static_cast<uint32_t>(uses_.size()));
}

KeywordMatcher::Occurrences KeywordMatcher::Scan(std::string_view folded) const {
  TermTrie::Guesses guesses;
  const auto size = static_cast<uint32_t>(folded.size());
  uint32_t sentence = 0;
  bool after_word_byte = false;
  for (uint32_t begin = 0; begin < size; ++begin) {
    const char c = folded[begin];
    const bool word_byte = IsWordByte(c);
    const bool continuation = (static_cast<uint8_t>(c) & 0xC0) == 0x80;
    if (!continuation && !(word_byte && after_word_byte))
      trie_.GuessAt(folded, begin, sentence, &guesses);
    after_word_byte = word_byte;
    // A full stop inside "3.5" or "example.com" ends no sentence.
    const bool ends = c == kSentenceEnd || c == '!' || c == '?' || c == ';' ||
                      (c == '.' && (begin + 1 == size || !IsWordByte(folded[begin + 1])));
    if (ends && sentence < kLastSentence) ++sentence;
  }
  Occurrences occurrences;
  trie_.FindAll(folded, &guesses, [&](const TermTrie::Guess& guess, uint32_t term, uint32_t end) {
    __builtin_prefetch(&first_use_[term]);
    occurrences.push_back({term, guess.begin, end, guess.label});
  });
  return occurrences;
}

// All occurrences of one term.
struct KeywordMatcher::FoundTerm {
  uint32_t term = 0;
  uint32_t count = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  uint64_t sentences = 0;
};

std::vector<KeywordHit> KeywordMatcher::Find(std::string_view text) const {
  static_assert(FoldedText::kPadding >= TermTrie::kReadBehind);
  const FoldedText folded(text);
  Occurrences occurrences = Scan(folded.bytes());
  std::sort(occurrences.begin(), occurrences.end(), [](const Occurrence& a, const Occurrence& b) {
    return a.term != b.term ? a.term < b.term : a.begin < b.begin;
  });
  absl::InlinedVector<FoundTerm, kUsualOccurrences> found;
  for (const Occurrence& occurrence : occurrences) {
    if (found.empty() || found.back().term != occurrence.term) {
      found.push_back({occurrence.term, 0, occurrence.begin, occurrence.end, 0});
    }
    ++found.back().count;
    found.back().sentences |= uint64_t{1} << occurrence.sentence;
  }

  std::vector<KeywordHit> hits;
  hits.reserve(found.size());
  for (const FoundTerm& first : found) {
    for (uint32_t i = first_use_[first.term]; i < first_use_[first.term + 1]; ++i) {
      const Use& use = uses_[i];
      uint64_t sentences = first.sentences;
      for (uint32_t k = 0; k < use.other_count; ++k) {
        const uint32_t term = other_terms_[use.first_other + k];
        const auto other =
            std::lower_bound(found.begin(), found.end(), term,
                             [](const FoundTerm& a, uint32_t term) { return a.term < term; });
        sentences &= other != found.end() && other->term == term ? other->sentences : 0;
      }
      if (sentences == 0) continue;
      const uint32_t count =
          use.other_count == 0 ? first.count : static_cast<uint32_t>(std::popcount(sentences));
      const uint32_t begin = folded.Origin(first.begin);
      hits.push_back({use.keyword, count, begin, folded.Origin(first.end) - begin});
    }
  }
  std::sort(hits.begin(), hits.end(),
            [](const KeywordHit& a, const KeywordHit& b) { return a.keyword < b.keyword; });
  return hits;
}

}  // namespace redress
