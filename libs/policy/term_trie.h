// The terms that begin at a place of a text, for KeywordMatcher. Their first bytes are looked up in
// a hash table, behind a Bloom filter that is small enough to stay in the cache; what they lead to
// is the trie of the terms that begin so. Nearly all places of a text end at the filter; for the
// others table and trie are asked in two further rounds, so that memory is fetched for many places
// at once. Worst case at one place: the longest term. Immutable once built, thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"

namespace redress {

// One way to write a term, folded (FoldedText). Never empty.
struct TermSpelling {
  std::string bytes;
  uint32_t term = 0;
  // No letter or digit of ASCII may follow.
  bool word_end = false;
};

class TermTrie {
 public:
  // So many bytes behind the text may be read, and change nothing.
  static constexpr size_t kReadBehind = 8;

  explicit TermTrie(std::vector<TermSpelling> spellings);

  // A place of a text where a term may begin, by the filter.
  struct Guess {
    uint64_t first_bytes = 0;
    uint32_t size = 0;
    uint32_t begin = 0;
    // The caller's own.
    uint32_t label = 0;
    uint32_t state = 0;
  };
  // Those of a text of usual length need no memory but the caller's stack.
  using Guesses = absl::InlinedVector<Guess, 96>;
  // Appends what may begin at `begin` of `text`; what tells more is fetched meanwhile.
  void GuessAt(std::string_view text, uint32_t begin, uint32_t label, Guesses* guesses) const {
    if (!begins_[static_cast<uint8_t>(text[begin])]) return;
    uint64_t eight_bytes = 0;
    std::memcpy(&eight_bytes, text.data() + begin, sizeof(eight_bytes));
    for (const Size& size : sizes_) {
      const uint64_t first_bytes = eight_bytes & size.mask;
      const uint64_t hash = HashOf(first_bytes);
      if (!MayStart(hash)) continue;
      __builtin_prefetch(&starts_[hash >> starts_shift_]);
      guesses->push_back({first_bytes, size.bytes, begin, label});
    }
  }
  // Calls `found(guess, term, end)` for each spelling that stands where it was guessed; leaves
  // `guesses` of no more use.
  template <typename Found>
  void FindAll(std::string_view text, Guesses* guesses, const Found& found) const {
    size_t right = 0;
    for (Guess& guess : *guesses) {
      const Start* start = FindStart(guess.first_bytes, guess.size);
      if (start == nullptr || guess.begin + guess.size > text.size()) continue;
      __builtin_prefetch(&entries_[start->state]);
      guess.state = start->state;
      (*guesses)[right++] = guess;
    }
    for (size_t i = 0; i < right; ++i) Walk(text, (*guesses)[i], found);
  }

 private:
  // Terms are found by their first bytes: as many as the largest of these sizes that the term has.
  // 3 and 6 are one and two Chinese characters.
  static constexpr uint32_t kSizes[] = {8, 6, 4, 3, 2, 1};

  struct Size {
    uint32_t bytes = 0;
    // Of eight bytes, read as a number, the first ones.
    uint64_t mask = 0;
  };
  // First bytes of terms, and the state behind them.
  struct Start {
    uint64_t bytes = 0;
    // 0: an empty place of the table.
    uint32_t size = 0;
    uint32_t state = 0;
  };
  // A state is the first of its entries: the terms that end there, then the bytes that lead on. All
  // lie in one array, depth first, since most of the time goes into fetching them from memory.
  struct Entry {
    enum Kind : uint8_t { kTerm, kTermAtWordEnd, kByte };
    // The term, or the state that the byte leads to.
    uint32_t target = 0;
    Kind kind = kTerm;
    uint8_t byte = 0;
    bool last = false;
  };

  static uint64_t HashOf(uint64_t bytes) { return bytes * 0x9E3779B97F4A7C15; }
  // The two bits of a start in its word of the filter.
  static unsigned OneBit(uint64_t hash) { return hash >> 40 & 63; }
  static unsigned OtherBit(uint64_t hash) { return hash >> 34 & 63; }
  static uint32_t StartSize(std::string_view term);
  void Index(const std::vector<Start>& starts);
  uint32_t AddState(std::span<const TermSpelling> spellings, size_t depth);

  bool MayStart(uint64_t hash) const {
    const uint64_t word = filter_[hash >> filter_shift_];
    return (word >> OneBit(hash) & word >> OtherBit(hash) & 1) != 0;
  }
  const Start* FindStart(uint64_t bytes, uint32_t size) const {
    for (size_t at = HashOf(bytes) >> starts_shift_;; at = (at + 1) & (starts_.size() - 1)) {
      const Start& start = starts_[at];
      if (start.size == 0) return nullptr;
      if (start.size == size && start.bytes == bytes) return &start;
    }
  }
  template <typename Found>
  void Walk(std::string_view text, const Guess& guess, const Found& found) const;

  // Whether some term begins with the byte.
  std::array<bool, 256> begins_ = {};
  // Those of kSizes that some term has.
  std::vector<Size> sizes_;
  // A Bloom filter: each start sets two bits of one word.
  std::vector<uint64_t> filter_;
  int filter_shift_ = 0;
  // Open addressing; at most half full.
  std::vector<Start> starts_;
  int starts_shift_ = 0;
  std::vector<Entry> entries_;
};

template <typename Found>
void TermTrie::Walk(std::string_view text, const Guess& guess, const Found& found) const {
  size_t at = guess.begin + guess.size;
  const Entry* entry = &entries_[guess.state];
  while (true) {
    const bool more = at < text.size();
    const auto byte = more ? static_cast<unsigned char>(text[at]) : 0;
    if (entry->kind == Entry::kByte && entry->byte == byte && more) {
      entry = &entries_[entry->target];
      ++at;
      continue;
    }
    if (entry->kind == Entry::kTerm ||
        (entry->kind == Entry::kTermAtWordEnd && !(more && absl::ascii_isalnum(byte))))
      found(guess, entry->target, static_cast<uint32_t>(at));
    if (entry->last) return;
    ++entry;
  }
}

}  // namespace redress
