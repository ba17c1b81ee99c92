#include "libs/policy/keyword_matcher.h"

#include <algorithm>
#include <bit>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace redress {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr size_t kMaxTermBytes = 200;
constexpr size_t kMaxTerms = 4;
constexpr uint32_t kLastSentence = 63;
constexpr char kSentenceEnd = '\n';

// The text as keywords see it, and where each of its bytes came from.
struct FoldedText {
  std::string bytes;
  // One more than bytes: the end of the text.
  std::vector<uint32_t> origin;
};

bool IsBlank(unsigned char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

FoldedText Fold(std::string_view text) {
  FoldedText folded;
  folded.bytes.reserve(text.size());
  folded.origin.reserve(text.size() + 1);
  const auto put = [&](char c, size_t at) {
    folded.bytes.push_back(c);
    folded.origin.push_back(static_cast<uint32_t>(at));
  };
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (IsBlank(c)) {
      const size_t begin = i;
      int line_feeds = 0;
      for (; i < text.size() && IsBlank(text[i]); ++i) line_feeds += text[i] == '\n';
      put(line_feeds > 1 ? kSentenceEnd : ' ', begin);
      continue;
    }
    if (c < 0x80) {
      put(absl::ascii_tolower(c), i++);
      continue;
    }
    const std::string_view three = text.substr(i, 3);
    const auto b1 = three.size() == 3 ? static_cast<unsigned char>(three[1]) : 0;
    const auto b2 = three.size() == 3 ? static_cast<unsigned char>(three[2]) : 0;
    if (three == "\u2019" || three == "\u2018") {
      put('\'', i);
      i += 3;
    } else if (three == "\u3002") {  // 。
      put(kSentenceEnd, i);
      i += 3;
    } else if (three == "\u3000") {  // Ideographic space.
      put(' ', i);
      i += 3;
    } else if (c == 0xEF && ((b1 == 0xBC && b2 >= 0x81) || (b1 == 0xBD && b2 <= 0x9E)) && b2 <= 0xBF) {
      // U+FF01-U+FF5E: full-width forms of U+0021-U+007E.
      put(absl::ascii_tolower(static_cast<unsigned char>(b1 == 0xBC ? b2 - 0x60 : b2 - 0x20)), i);
      i += 3;
    } else {
      put(static_cast<char>(c), i++);
    }
  }
  folded.origin.push_back(static_cast<uint32_t>(text.size()));
  return folded;
}

bool IsWordByte(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

}  // namespace

absl::StatusOr<std::vector<KeywordMatcher::Builder::Term>> KeywordMatcher::Builder::Split(std::string_view text) {
  std::vector<Term> terms;
  const std::string folded = Fold(text).bytes;
  std::string_view rest = folded;
  while (true) {
    const size_t plus = rest.find(" + ");
    std::string_view part = rest.substr(0, plus);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    const bool prefix = !part.empty() && part.back() == '*';
    if (prefix) part.remove_suffix(1);
    if (part.empty()) return absl::InvalidArgumentError("is empty or has an empty term; write at least one character");
    if (part.find('*') != std::string_view::npos) {
      return absl::InvalidArgumentError("has a \"*\" inside a term; it may only stand at a term's end");
    }
    if (part.find(kSentenceEnd) != std::string_view::npos) {
      return absl::InvalidArgumentError("holds the end of a sentence; keywords are found within one");
    }
    if (part.size() > kMaxTermBytes) {
      return absl::InvalidArgumentError(absl::StrCat("has a term over ", kMaxTermBytes, " bytes; shorten it"));
    }
    if (terms.size() == kMaxTerms) {
      return absl::InvalidArgumentError(absl::StrCat("joins more than ", kMaxTerms, " terms; use fewer"));
    }
    terms.push_back({std::string(part), prefix});
    if (plus == std::string_view::npos) return terms;
    rest.remove_prefix(plus + 3);
  }
}

absl::Status KeywordMatcher::CheckSpelling(std::string_view text) { return Builder::Split(text).status(); }

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
  KeywordMatcher matcher;
  std::vector<std::map<uint8_t, uint32_t>> edges(1);
  matcher.states_.resize(1);
  const auto insert = [&](std::string_view bytes, uint32_t term, bool prefix) {
    uint32_t state = 0;
    for (const char c : bytes) {
      const auto [it, added] = edges[state].try_emplace(static_cast<uint8_t>(c), matcher.states_.size());
      state = it->second;
      if (added) {
        edges.emplace_back();
        matcher.states_.emplace_back();
      }
    }
    matcher.outputs_.push_back({term, static_cast<uint32_t>(bytes.size()), IsWordByte(bytes.front()),
                                !prefix && IsWordByte(bytes.back()), matcher.states_[state].output});
    matcher.states_[state].output = static_cast<uint32_t>(matcher.outputs_.size() - 1);
  };
  for (uint32_t number = 0; number < terms_.size(); ++number) {
    const Term& term = terms_[number];
    insert(term.bytes, number, term.prefix);
    // People leave the apostrophe out of "don't".
    if (const size_t at = term.bytes.find("n't"); at != std::string::npos) {
      insert(term.bytes.substr(0, at + 1) + term.bytes.substr(at + 2), number, term.prefix);
    }
  }
  // Failure links breadth first; a state's outputs go on with those of its longest proper suffix.
  std::vector<uint32_t> order = {0};
  for (size_t i = 0; i < order.size(); ++i) {
    const uint32_t state = order[i];
    for (const auto& [byte, target] : edges[state]) {
      order.push_back(target);
      uint32_t suffix = matcher.states_[state].fail;
      while (state != 0 && suffix != 0 && !edges[suffix].contains(byte)) suffix = matcher.states_[suffix].fail;
      const auto next = edges[suffix].find(byte);
      const uint32_t fail = state != 0 && next != edges[suffix].end() ? next->second : 0;
      matcher.states_[target].fail = fail;
      uint32_t* tail = &matcher.states_[target].output;
      while (*tail != kNone) tail = &matcher.outputs_[*tail].next;
      *tail = matcher.states_[fail].output;
    }
  }
  for (uint32_t state = 0; state < edges.size(); ++state) {
    matcher.states_[state].edge_begin = static_cast<uint32_t>(matcher.edge_bytes_.size());
    for (const auto& [byte, target] : edges[state]) {
      matcher.edge_bytes_.push_back(byte);
      matcher.edge_targets_.push_back(target);
      if (state == 0) matcher.root_[byte] = target;
    }
    matcher.states_[state].edge_end = static_cast<uint32_t>(matcher.edge_bytes_.size());
  }
  matcher.keywords_of_first_term_.resize(terms_.size());
  for (uint32_t keyword = 0; keyword < terms_of_keyword_.size(); ++keyword) {
    matcher.keywords_of_first_term_[terms_of_keyword_[keyword].front()].push_back(keyword);
  }
  matcher.terms_of_keyword_ = std::move(terms_of_keyword_);
  return matcher;
}

uint32_t KeywordMatcher::Step(uint32_t state, uint8_t byte) const {
  while (state != 0) {
    const State& from = states_[state];
    for (uint32_t edge = from.edge_begin; edge < from.edge_end; ++edge) {
      if (edge_bytes_[edge] == byte) return edge_targets_[edge];
    }
    state = from.fail;
  }
  return root_[byte];
}

std::vector<KeywordMatcher::Occurrence> KeywordMatcher::Scan(std::string_view folded) const {
  std::vector<Occurrence> occurrences;
  uint32_t state = 0;
  uint32_t sentence = 0;
  for (uint32_t i = 0; i < folded.size(); ++i) {
    const char c = folded[i];
    state = Step(state, static_cast<uint8_t>(c));
    const bool at_end = i + 1 == folded.size();
    for (uint32_t output = states_[state].output; output != kNone; output = outputs_[output].next) {
      const Output& found = outputs_[output];
      const uint32_t begin = i + 1 - found.length;
      if (found.word_start && begin > 0 && IsWordByte(folded[begin - 1])) continue;
      if (found.word_end && !at_end && IsWordByte(folded[i + 1])) continue;
      occurrences.push_back({found.term, begin, i + 1, sentence});
    }
    // A full stop inside "3.5" or "example.com" ends no sentence.
    const bool ends = c == kSentenceEnd || c == '!' || c == '?' || c == ';' ||
                      (c == '.' && (at_end || !IsWordByte(folded[i + 1])));
    if (ends && sentence < kLastSentence) ++sentence;
  }
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
  const FoldedText folded = Fold(text);
  std::vector<Occurrence> occurrences = Scan(folded.bytes);
  std::sort(occurrences.begin(), occurrences.end(), [](const Occurrence& a, const Occurrence& b) {
    return a.term != b.term ? a.term < b.term : a.begin < b.begin;
  });
  std::vector<FoundTerm> found;
  for (const Occurrence& occurrence : occurrences) {
    if (found.empty() || found.back().term != occurrence.term) {
      found.push_back({occurrence.term, 0, occurrence.begin, occurrence.end, 0});
    }
    ++found.back().count;
    found.back().sentences |= uint64_t{1} << occurrence.sentence;
  }

  std::vector<KeywordHit> hits;
  for (const FoundTerm& first : found) {
    for (const uint32_t keyword : keywords_of_first_term_[first.term]) {
      const std::vector<uint32_t>& terms = terms_of_keyword_[keyword];
      uint64_t sentences = first.sentences;
      for (size_t i = 1; i < terms.size(); ++i) {
        const auto other = std::lower_bound(found.begin(), found.end(), terms[i],
                                            [](const FoundTerm& a, uint32_t term) { return a.term < term; });
        sentences &= other != found.end() && other->term == terms[i] ? other->sentences : 0;
      }
      if (sentences == 0) continue;
      const uint32_t count = terms.size() == 1 ? first.count : static_cast<uint32_t>(std::popcount(sentences));
      hits.push_back({keyword, count, folded.origin[first.begin],
                      folded.origin[first.end] - folded.origin[first.begin]});
    }
  }
  std::sort(hits.begin(), hits.end(),
            [](const KeywordHit& a, const KeywordHit& b) { return a.keyword < b.keyword; });
  return hits;
}

}  // namespace redress
