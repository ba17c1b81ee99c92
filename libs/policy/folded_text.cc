#include "libs/policy/folded_text.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"

namespace redress {
namespace {

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// What a byte becomes by itself; 0: that depends on those behind it.
constexpr std::array<char, 256> MakeAlone() {
  std::array<char, 256> alone = {};
  for (int c = 1; c < 256; ++c) {
    const bool depends = IsBlank(static_cast<char>(c)) || c == 0xE2 || c == 0xE3 || c == 0xEF;
    if (!depends)
      alone[static_cast<size_t>(c)] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  return alone;
}
constexpr std::array<char, 256> kAlone = MakeAlone();

// What the character of three bytes becomes that begins with E2, E3 or EF; 0: it stays.
char FoldThree(std::string_view text) {
  if (text.size() < 3) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  const auto second = static_cast<unsigned char>(text[1]);
  const auto third = static_cast<unsigned char>(text[2]);
  if (first == 0xE2) {
    const bool apostrophe = second == 0x80 && (third == 0x98 || third == 0x99);
    return apostrophe ? '\'' : 0;
  }
  if (first == 0xE3) {
    // Ideographic space, "。".
    if (second != 0x80) return 0;
    return third == 0x80 ? ' ' : third == 0x82 ? FoldedText::kSentenceEnd : 0;
  }
  // U+FF01-U+FF5E: full-width forms of U+0021-U+007E.
  if (first != 0xEF || third < 0x80) return 0;
  if (second == 0xBC && third >= 0x81 && third <= 0xBF)
    return absl::ascii_tolower(static_cast<unsigned char>(third - 0x60));
  if (second == 0xBD && third <= 0x9E)
    return absl::ascii_tolower(static_cast<unsigned char>(third - 0x20));
  return 0;
}

}  // namespace

FoldedText::FoldedText(std::string_view text) : padded_(text.size() + kPadding) {
  char* const bytes = padded_.data();
  size_t size = 0;
  for (size_t i = 0; i < text.size();) {
    if (const char alone = kAlone[static_cast<unsigned char>(text[i])]) {
      bytes[size++] = alone;
      ++i;
      continue;
    }
    size_t length = 1;
    if (IsBlank(text[i])) {
      int line_feeds = text[i] == '\n';
      for (; i + length < text.size() && IsBlank(text[i + length]); ++length)
        line_feeds += text[i + length] == '\n';
      bytes[size++] = line_feeds > 1 ? kSentenceEnd : ' ';
    } else if (const char folded = FoldThree(text.substr(i))) {
      length = 3;
      bytes[size++] = folded;
    } else {
      bytes[size++] = text[i];
    }
    i += length;
    if (length > 1)
      shifts_.push_back({static_cast<uint32_t>(size), static_cast<uint32_t>(i - size)});
  }
  std::fill(padded_.begin() + size, padded_.begin() + size + kPadding, '\0');
  size_ = size;
}

uint32_t FoldedText::Origin(size_t position) const {
  const auto behind = std::upper_bound(shifts_.begin(), shifts_.end(), position,
                                       [](size_t at, const Shift& s) { return at < s.begin; });
  return static_cast<uint32_t>(position) + (behind == shifts_.begin() ? 0 : behind[-1].distance);
}

}  // namespace redress
