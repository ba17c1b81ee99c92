#include "libs/policy/keyword_matcher.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace redress {
namespace {

constexpr size_t kMaxTermBytes = 200;
constexpr size_t kMaxTerms = 4;
constexpr uint32_t kLastSentence = 63;
// A state with so many edges gets a row of its own.
constexpr size_t kDenseEdges = 6;
constexpr char kSentenceEnd = '\n';

// The text as keywords see it, and where each of its bytes came from.
struct FoldedText {
  std::string bytes;
  // Of each byte, and behind the last the end of the text.
  std::vector<uint32_t> origin;
};

bool IsBlank(unsigned char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

FoldedText Fold(std::string_view text) {
  FoldedText folded;
  folded.bytes.resize(text.size());
  folded.origin.resize(text.size() + 1);
  size_t size = 0;
  const auto put = [&](char c, size_t at) {
    folded.bytes[size] = c;
    folded.origin[size++] = static_cast<uint32_t>(at);
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
    if (c != 0xE2 && c != 0xE3 && c != 0xEF) {
      put(static_cast<char>(c), i++);
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
    } else if (c == 0xEF && ((b1 == 0xBC && b2 >= 0x81) || (b1 == 0xBD && b2 <= 0x9E)) &&
               b2 <= 0xBF) {
      // U+FF01-U+FF5E: full-width forms of U+0021-U+007E.
      put(absl::ascii_tolower(static_cast<unsigned char>(b1 == 0xBC ? b2 - 0x60 : b2 - 0x20)), i);
      i += 3;
    } else {
      put(static_cast<char>(c), i++);
    }
  }
  folded.bytes.resize(size);
  folded.origin[size] = static_cast<uint32_t>(text.size());
  return folded;
}

bool IsWordByte(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

}  // namespace

absl::StatusOr<std::vector<KeywordMatcher::Builder::Term>> KeywordMatcher::Builder::Split(
    std::string_view text) {
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

size_t KeywordMatcher::FirstBytes::FourOf(std::string_view bytes) {
  uint32_t four = 0;
  std::memcpy(&four, bytes.data(), sizeof(four));
  return four * 2654435761u >> (32 - kBits);
}

size_t KeywordMatcher::FirstBytes::TwoOf(std::string_view bytes) {
  return static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
}

void KeywordMatcher::FirstBytes::Add(std::string_view term) {
  if (term.size() >= 4) {
    four_.set(FourOf(term));
  } else if (term.size() >= 2) {
    two_.set(TwoOf(term));
  } else {
    for (size_t second = 0; second < 256; ++second)
      two_.set(size_t{static_cast<uint8_t>(term[0])} << 8 | second);
  }
}

bool KeywordMatcher::FirstBytes::MayBegin(std::string_view text, size_t at) const {
  const std::string_view rest = text.substr(at);
  // Close to the end it is not worth asking.
  return rest.size() < 4 || four_.test(FourOf(rest)) || two_.test(TwoOf(rest));
}

KeywordMatcher KeywordMatcher::Builder::Build() && {
  KeywordMatcher matcher;
  Trie trie(1);
  std::vector<uint32_t> outputs(1, kNone);
  const auto insert = [&](std::string_view bytes, uint32_t term, bool prefix) {
    matcher.first_bytes_.Add(bytes);
    uint32_t state = 0;
    for (const char c : bytes) {
      const auto [it, added] = trie[state].try_emplace(static_cast<uint8_t>(c), trie.size());
      state = it->second;
      if (added) {
        trie.emplace_back();
        outputs.push_back(kNone);
      }
    }
    matcher.outputs_.push_back({term, !prefix && IsWordByte(bytes.back()), outputs[state]});
    outputs[state] = static_cast<uint32_t>(matcher.outputs_.size() - 1);
  };
  for (uint32_t number = 0; number < terms_.size(); ++number) {
    const Term& term = terms_[number];
    insert(term.bytes, number, term.prefix);
    // People leave the apostrophe out of "don't".
    if (const size_t at = term.bytes.find("n't"); at != std::string::npos) {
      insert(term.bytes.substr(0, at + 1) + term.bytes.substr(at + 2), number, term.prefix);
    }
  }
  matcher.LayOut(trie, outputs);
  matcher.keywords_of_first_term_.resize(terms_.size());
  for (uint32_t keyword = 0; keyword < terms_of_keyword_.size(); ++keyword) {
    matcher.keywords_of_first_term_[terms_of_keyword_[keyword].front()].push_back(keyword);
  }
  matcher.terms_of_keyword_ = std::move(terms_of_keyword_);
  return matcher;
}

// Depth first: the tails of words, where every state has one edge, lie in consecutive memory.
void KeywordMatcher::LayOut(const Trie& trie, const std::vector<uint32_t>& outputs) {
  std::vector<uint32_t> order;
  std::vector<uint32_t> new_number(trie.size());
  for (std::vector<uint32_t> open = {0}; !open.empty();) {
    const uint32_t state = open.back();
    open.pop_back();
    new_number[state] = static_cast<uint32_t>(order.size());
    order.push_back(state);
    for (auto edge = trie[state].rbegin(); edge != trie[state].rend(); ++edge)
      open.push_back(edge->second);
  }
  for (const uint32_t old : order) {
    const bool dense = old == 0 || trie[old].size() >= kDenseEdges;
    states_.push_back({static_cast<uint32_t>(dense ? rows_.size() : edge_bytes_.size()),
                       dense ? kDense : static_cast<uint16_t>(trie[old].size())});
    output_of_state_.push_back(outputs[old]);
    if (dense) rows_.emplace_back().fill(kNone);
    for (const auto& [byte, target] : trie[old]) {
      const uint32_t marked = new_number[target] | (outputs[target] == kNone ? 0 : kHasOutput);
      if (dense) {
        rows_.back()[byte] = marked;
      } else {
        edge_bytes_.push_back(byte);
        edge_targets_.push_back(marked);
      }
    }
  }
}

uint32_t KeywordMatcher::Step(uint32_t state, uint8_t byte) const {
  const State& from = states_[state];
  if (from.edges == kDense) return rows_[from.begin][byte];
  for (uint32_t edge = from.begin; edge < from.begin + from.edges; ++edge) {
    if (edge_bytes_[edge] == byte) return edge_targets_[edge];
  }
  return kNone;
}

std::vector<KeywordMatcher::Occurrence> KeywordMatcher::Scan(std::string_view folded) const {
  std::vector<Occurrence> occurrences;
  const auto size = static_cast<uint32_t>(folded.size());
  uint32_t sentence = 0;
  bool after_word_byte = false;
  for (uint32_t begin = 0; begin < size; ++begin) {
    const char c = folded[begin];
    const bool word_byte = IsWordByte(c);
    const bool continuation = (static_cast<uint8_t>(c) & 0xC0) == 0x80;
    if (!continuation && !(word_byte && after_word_byte) && first_bytes_.MayBegin(folded, begin)) {
      uint32_t state = 0;
      for (uint32_t i = begin; i < size; ++i) {
        state = Step(state, static_cast<uint8_t>(folded[i]));
        if (state == kNone) break;
        if ((state & kHasOutput) == 0) continue;
        state &= ~kHasOutput;
        for (uint32_t output = output_of_state_[state]; output != kNone;
             output = outputs_[output].next) {
          if (outputs_[output].word_end && i + 1 < size && IsWordByte(folded[i + 1])) continue;
          occurrences.push_back({outputs_[output].term, begin, i + 1, sentence});
        }
      }
    }
    after_word_byte = word_byte;
    // A full stop inside "3.5" or "example.com" ends no sentence.
    const bool ends = c == kSentenceEnd || c == '!' || c == '?' || c == ';' ||
                      (c == '.' && (begin + 1 == size || !IsWordByte(folded[begin + 1])));
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
        const auto other =
            std::lower_bound(found.begin(), found.end(), terms[i],
                             [](const FoundTerm& a, uint32_t term) { return a.term < term; });
        sentences &= other != found.end() && other->term == terms[i] ? other->sentences : 0;
      }
      if (sentences == 0) continue;
      const uint32_t count =
          terms.size() == 1 ? first.count : static_cast<uint32_t>(std::popcount(sentences));
      hits.push_back({keyword, count, folded.origin[first.begin],
                      folded.origin[first.end] - folded.origin[first.begin]});
    }
  }
  std::sort(hits.begin(), hits.end(),
            [](const KeywordHit& a, const KeywordHit& b) { return a.keyword < b.keyword; });
  return hits;
}

}  // namespace redress
