// KeywordMatcher against a search that tries every term at every byte, on random texts and keywords
// cut out of them.
#include <algorithm>
#include <array>
#include <bit>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "gtest/gtest.h"
#include "libs/policy/keyword_matcher.h"

namespace redress {
namespace {

// A character, written, and as keywords see it.
using Piece = std::pair<std::string_view, std::string_view>;
constexpr std::string_view kZero("\0", 1);
constexpr std::array<Piece, 20> kPieces = {
    {{"a", "a"},      {"A", "a"},  {"\uFF21", "a"}, {"b", "b"},           {"n't", "n't"},
     {"nt", "nt"},    {"'", "'"},  {"\u2019", "'"}, {"1", "1"},           {" ", " "},
     {" \t\r ", " "}, {"\n", " "}, {"\u3000", " "}, {"\n \n", "\n"},      {"\u3002", "\n"},
     {"!", "!"},      {".", "."},  {"一", "一"},    {"\u4E01", "\u4E01"}, {kZero, kZero}}};

bool IsWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }
bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

struct Text {
  std::string written;
  std::string folded;
  // Of each folded byte, and of the end.
  std::vector<uint32_t> origin;
  std::vector<int> sentence;
};

struct Term {
  std::string bytes;
  bool prefix = false;
};

struct FoundTerm {
  uint32_t count = 0;
  size_t begin = 0;
  size_t end = 0;
  uint64_t sentences = 0;
};

void Search(const Text& text, std::string_view bytes, bool prefix, FoundTerm* found) {
  const std::string_view folded = text.folded;
  for (size_t begin = 0; begin + bytes.size() <= folded.size(); ++begin) {
    const size_t end = begin + bytes.size();
    const bool inside_word = begin > 0 && IsWord(folded[begin]) && IsWord(folded[begin - 1]);
    const bool goes_on =
        !prefix && IsWord(bytes.back()) && end < folded.size() && IsWord(folded[end]);
    if (folded.substr(begin, bytes.size()) != bytes || Continues(folded[begin]) || inside_word ||
        goes_on)
      continue;
    if (found->count++ == 0 || begin < found->begin) {
      found->begin = begin;
      found->end = end;
    }
    found->sentences |= uint64_t{1} << text.sentence[begin];
  }
}

FoundTerm Search(const Text& text, const Term& term) {
  FoundTerm found;
  Search(text, term.bytes, term.prefix, &found);
  if (const size_t at = term.bytes.find("n't"); at != std::string::npos) {
    std::string without = term.bytes;
    Search(text, without.erase(at + 1, 1), term.prefix, &found);
  }
  return found;
}

std::vector<KeywordHit> Search(const Text& text, const std::vector<std::vector<Term>>& keywords) {
  std::vector<KeywordHit> hits;
  for (uint32_t keyword = 0; keyword < keywords.size(); ++keyword) {
    const FoundTerm first = Search(text, keywords[keyword][0]);
    uint64_t sentences = first.sentences;
    for (const Term& term : keywords[keyword]) sentences &= Search(text, term).sentences;
    if (sentences == 0) continue;
    const bool joined = keywords[keyword].size() > 1;
    const uint32_t begin = text.origin[first.begin];
    hits.push_back({keyword, joined ? static_cast<uint32_t>(std::popcount(sentences)) : first.count,
                    begin, text.origin[first.end] - begin});
  }
  return hits;
}

class Random {
 public:
  explicit Random(uint32_t seed) : random_(seed) {}
  size_t Below(size_t n) { return random_() % n; }

  // Of few different characters, so that much is found; of many sentences at times.
  Text MakeText() {
    Text text;
    const size_t first = Below(kPieces.size());
    const size_t kinds = 2 + Below(kPieces.size() - 2);
    for (size_t left = Below(Below(8) == 0 ? 600 : 60); left > 0; --left) {
      const auto& [written, folded] = kPieces[(first + Below(kinds)) % kPieces.size()];
      // A run of blanks is one.
      const bool blank = absl::ascii_isspace(static_cast<unsigned char>(written[0]));
      const bool after_blank = !text.written.empty() &&
                               absl::ascii_isspace(static_cast<unsigned char>(text.written.back()));
      if (blank && after_blank) continue;
      for (uint32_t byte = 0; byte < folded.size(); ++byte)
        text.origin.push_back(static_cast<uint32_t>(text.written.size()) + byte);
      text.written += written;
      text.folded += folded;
    }
    text.origin.push_back(static_cast<uint32_t>(text.written.size()));
    for (size_t i = 0, sentence = 0; i < text.folded.size(); ++i) {
      text.sentence.push_back(static_cast<int>(std::min<size_t>(sentence, 63)));
      const char c = text.folded[i];
      const bool stop = c == '.' && (i + 1 == text.folded.size() || !IsWord(text.folded[i + 1]));
      sentence += stop || c == '\n' || c == '!';
    }
    return text;
  }

  Term MakeTerm(const Text& text) {
    Term term{text.folded.substr(Below(text.folded.size() + 1), 1 + Below(24)), Below(3) == 0};
    // Blanks one by one, as they are spelled.
    term.bytes = term.bytes.substr(0, std::min(term.bytes.find('\n'), term.bytes.find("  ")));
    while (!term.bytes.empty() && term.bytes.back() == ' ') term.bytes.pop_back();
    term.bytes.erase(0, term.bytes.find_first_not_of(' '));
    if (term.bytes.empty()) term.bytes = "a";
    return term;
  }

 private:
  std::mt19937 random_;
};

TEST(KeywordMatcherRandom, AgreesWithNaiveSearch) {
  size_t hits = 0;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    std::vector<Text> texts;
    for (int i = 0; i < 8; ++i) texts.push_back(random.MakeText());
    KeywordMatcher::Builder builder;
    std::vector<std::vector<Term>> keywords;
    for (size_t left = random.Below(60); left > 0; --left) {
      auto& terms = keywords.emplace_back();
      std::string spelling;
      for (size_t n = std::max<size_t>(random.Below(5), 1); terms.size() < n;) {
        terms.push_back(random.MakeTerm(texts[random.Below(texts.size())]));
        spelling += (terms.size() == 1 ? "" : " + ") + terms.back().bytes;
        if (terms.back().prefix) spelling += '*';
      }
      ASSERT_TRUE(builder.Add(spelling).ok()) << spelling;
    }
    const KeywordMatcher matcher = std::move(builder).Build();
    for (const Text& text : texts) {
      const auto found = matcher.Find(text.written);
      ASSERT_EQ(found, Search(text, keywords)) << "seed " << seed << ", text " << text.written;
      hits += found.size();
    }
  }
  EXPECT_GT(hits, 5000u);
}

}  // namespace
}  // namespace redress
