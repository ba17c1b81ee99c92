// A text as keywords see it, for KeywordMatcher: ASCII in lower case, full-width forms narrow,
// typographic apostrophes plain, blanks one by one. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/container/fixed_array.h"
#include "absl/container/inlined_vector.h"

namespace redress {

class FoldedText {
 public:
  // What "。" and blank lines become; no other byte does.
  static constexpr char kSentenceEnd = '\n';
  // So many zero bytes may be read behind the text.
  static constexpr size_t kPadding = 8;

  explicit FoldedText(std::string_view text);

  std::string_view bytes() const { return std::string_view(padded_.data(), size_); }
  // Where in the text the byte at `position` comes from; of the end the end.
  uint32_t Origin(size_t position) const;

 private:
  // From `begin` on, bytes stand so much further behind in the text than here.
  struct Shift {
    uint32_t begin = 0;
    uint32_t distance = 0;
  };

  // Texts of usual length need no memory but the caller's stack.
  absl::FixedArray<char, 2048> padded_;
  size_t size_ = 0;
  absl::InlinedVector<Shift, 64> shifts_;
};

}  // namespace redress
