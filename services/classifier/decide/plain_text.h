// A complaint's words as the classifier reads them: subject and text in one, without markup. First
// step of every assessment. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace redress::classifier {

struct PlainText {
  // Valid UTF-8. The subject comes first, then a blank line (the end of its sentence), then the
  // text.
  std::string words;
  // Bytes of `words` that are the subject.
  size_t subject_size = 0;
};

// HTML tags, comments, scripts and styles become blanks, character references the characters they
// stand for, other bytes than UTF-8 become U+FFFD, full-width digits and letters narrow ones. A
// text without any comes out as it is.
PlainText ReadPlainText(std::string_view subject, std::string_view text);

// "zh" or "en" by the letters that prevail; a text with hardly any letter is in the language of
// `hint` (BCP 47, only its primary tag counts), which may be empty: then the language is not known.
std::string LanguageOf(std::string_view words, std::string_view hint);

// Signs of a raised voice (F5.3).
struct Shouting {
  uint32_t exclamation_marks = 0;
  // Words of at least three capitals; masks ("XXXX") are none.
  uint32_t capital_words = 0;
};
Shouting ShoutingIn(std::string_view words);

}  // namespace redress::classifier
