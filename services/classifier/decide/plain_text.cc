#include "services/classifier/decide/plain_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/text.h"
#include "libs/base/utf8.h"

namespace redress::classifier {
namespace {

constexpr size_t kLongestTag = 2000;
constexpr size_t kLongestReference = 12;
// Fewer letters than this say nothing about the language.
constexpr size_t kFewestLetters = 4;
// A Chinese character carries about as much as so many Latin letters.
constexpr size_t kLettersPerHan = 3;

void AppendUtf8(char32_t c, std::string* out) {
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xC0 | c >> 6));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | c >> 12));
    out->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | c >> 18));
    out->push_back(static_cast<char>(0x80 | (c >> 12 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

constexpr std::array<std::pair<std::string_view, char32_t>, 14> kNamedReferences = {
    {{"amp", '&'},
     {"lt", '<'},
     {"gt", '>'},
     {"quot", '"'},
     {"apos", '\''},
     {"nbsp", ' '},
     {"pound", 0xA3},
     {"yen", 0xA5},
     {"euro", 0x20AC},
     {"rsquo", 0x2019},
     {"lsquo", 0x2018},
     {"ldquo", 0x201C},
     {"rdquo", 0x201D},
     {"hellip", 0x2026}}};

// The character that "&name;" at the start of `text` stands for and its length; 0: it is none.
std::pair<char32_t, size_t> Reference(std::string_view text) {
  const size_t end = text.substr(0, kLongestReference).find(';');
  if (end == std::string_view::npos || end < 2) return {0, 0};
  std::string_view name = text.substr(1, end - 1);
  if (name[0] != '#') {
    for (const auto& [known, character] : kNamedReferences) {
      if (name == known) return {character, end + 1};
    }
    return {0, 0};
  }
  name.remove_prefix(1);
  const bool hex = !name.empty() && (name[0] == 'x' || name[0] == 'X');
  if (hex) name.remove_prefix(1);
  if (name.empty()) return {0, 0};
  char32_t value = 0;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (hex ? !absl::ascii_isxdigit(byte) : !absl::ascii_isdigit(byte)) return {0, 0};
    const int digit = absl::ascii_isdigit(byte) ? c - '0' : absl::ascii_tolower(byte) - 'a' + 10;
    value = value * (hex ? 16 : 10) + static_cast<char32_t>(digit);
    if (value > 0x10FFFF) return {0, 0};
  }
  // Control characters and surrogates are no text.
  if (value < 0x20 || (value >= 0xD800 && value <= 0xDFFF)) value = ' ';
  return {value, end + 1};
}

// Bytes of the markup at the start of `text` ("<p>", a comment, a script with all of its content);
// 0: it is none.
size_t MarkupLength(std::string_view text) {
  if (text.size() < 3) return 0;
  if (text.starts_with("<!--")) {
    const size_t end = text.find("-->");
    return end == std::string_view::npos ? 0 : end + 3;
  }
  const size_t name = text[1] == '/' || text[1] == '!' ? 2 : 1;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(text[name]))) return 0;
  const size_t end = text.substr(0, kLongestTag).find_first_of("<>", 1);
  if (end == std::string_view::npos || text[end] != '>') return 0;
  for (const std::string_view hidden : {"script", "style"}) {
    if (name != 1 || !absl::StartsWithIgnoreCase(Absl(text.substr(1)), Absl(hidden))) continue;
    const std::string closing = "</" + std::string(hidden);
    for (size_t at = end; (at = text.find("</", at)) != std::string_view::npos; ++at) {
      if (!absl::StartsWithIgnoreCase(Absl(text.substr(at)), closing)) continue;
      const size_t closed = text.find('>', at);
      return closed == std::string_view::npos ? text.size() : closed + 1;
    }
  }
  return end + 1;
}

// Narrow form of the full-width digit or letter at the start of `text`; 0: it is none.
char Narrow(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xEF') return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const auto third = static_cast<unsigned char>(text[2]);
  const int narrow = second == 0xBC ? third - 0x60 : second == 0xBD ? third - 0x20 : 0;
  return narrow > 0 && absl::ascii_isalnum(static_cast<unsigned char>(narrow))
             ? static_cast<char>(narrow)
             : '\0';
}

// Bytes at the start of `text` that are no sign of markup, references or full-width forms.
size_t OrdinaryLength(std::string_view text) {
  const auto special = std::find_if(text.begin(), text.end(),
                                    [](char c) { return c == '<' || c == '&' || c == '\xEF'; });
  return static_cast<size_t>(special - text.begin());
}

void AppendPlain(std::string_view text, std::string* out) {
  std::string repaired;
  if (!IsUtf8(text)) {
    repaired = ReplaceInvalidUtf8(text);
    text = repaired;
  }
  while (!text.empty()) {
    const size_t ordinary = OrdinaryLength(text);
    out->append(text.substr(0, ordinary));
    text.remove_prefix(ordinary);
    if (text.empty()) break;
    size_t taken = 0;
    if (text[0] == '<') {
      taken = MarkupLength(text);
      if (taken > 0) out->push_back(' ');
    } else if (text[0] == '&') {
      const auto [character, length] = Reference(text);
      taken = length;
      if (taken > 0) AppendUtf8(character, out);
    } else if (const char narrow = Narrow(text)) {
      taken = 3;
      out->push_back(narrow);
    }
    if (taken == 0) {
      taken = 1;
      out->push_back(text[0]);
    }
    text.remove_prefix(taken);
  }
}

}  // namespace

PlainText ReadPlainText(std::string_view subject, std::string_view text) {
  PlainText plain;
  plain.words.reserve(subject.size() + text.size() + 2);
  AppendPlain(subject, &plain.words);
  plain.subject_size = plain.words.size();
  if (plain.subject_size > 0 && !text.empty()) plain.words += "\n\n";
  AppendPlain(text, &plain.words);
  return plain;
}

std::string LanguageOf(std::string_view words, std::string_view hint) {
  size_t han = 0;
  size_t latin = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const auto c = static_cast<unsigned char>(words[i]);
    if (c < 0x80) {
      latin += absl::ascii_isalpha(c);
      continue;
    }
    // U+3400-U+9FFF begin with E3 90 to E9 BF.
    const auto next = i + 2 < words.size() ? static_cast<unsigned char>(words[i + 1]) : 0;
    if ((c == 0xE3 && next >= 0x90) || (c >= 0xE4 && c <= 0xE9)) {
      ++han;
      i += 2;
    }
  }
  if (han * kLettersPerHan + latin < kFewestLetters)
    return std::string(hint.substr(0, hint.find('-')));
  return han * kLettersPerHan >= latin ? "zh" : "en";
}

Shouting ShoutingIn(std::string_view words) {
  constexpr std::string_view kWideExclamation = "\uFF01";
  const auto at = [&](size_t i) { return static_cast<unsigned char>(words[i]); };
  Shouting shouting;
  for (size_t i = 0; i < words.size(); ++i) {
    if (at(i) == '!') {
      ++shouting.exclamation_marks;
    } else if (at(i) == 0xEF) {
      shouting.exclamation_marks += words.substr(i, 3) == kWideExclamation;
    } else if (absl::ascii_isupper(at(i)) && (i == 0 || !absl::ascii_isalnum(at(i - 1)))) {
      const size_t begin = i;
      bool mask = true;
      for (; i < words.size() && absl::ascii_isupper(at(i)); ++i) mask = mask && words[i] == 'X';
      const bool capitals = i == words.size() || !absl::ascii_isalnum(at(i));
      shouting.capital_words += capitals && !mask && i - begin >= 3;
      --i;
    }
  }
  return shouting;
}

}  // namespace redress::classifier
