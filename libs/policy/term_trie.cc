#include "libs/policy/term_trie.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace redress {
namespace {

// Twice as many would halve the wrong guesses, but the filter would leave the cache.
constexpr size_t kFilterBitsPerStart = 8;

// The first `size` bytes as a number.
uint64_t FirstBytes(std::string_view term, uint32_t size) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, term.data(), size);
  return bytes;
}

}  // namespace

TermTrie::TermTrie(std::vector<TermSpelling> spellings) {
  const auto order = [](const TermSpelling& s) {
    return std::tuple(StartSize(s.bytes), std::string_view(s.bytes), s.term);
  };
  std::sort(spellings.begin(), spellings.end(),
            [&](const TermSpelling& a, const TermSpelling& b) { return order(a) < order(b); });
  std::vector<Start> starts;
  for (size_t begin = 0; begin < spellings.size();) {
    const uint32_t size = StartSize(spellings[begin].bytes);
    const std::string_view bytes = std::string_view(spellings[begin].bytes).substr(0, size);
    size_t end = begin;
    while (end < spellings.size() && StartSize(spellings[end].bytes) == size &&
           spellings[end].bytes.starts_with(bytes))
      ++end;
    starts.push_back({FirstBytes(bytes, size), size,
                      AddState(std::span(spellings).subspan(begin, end - begin), size)});
    begins_[static_cast<uint8_t>(bytes[0])] = true;
    if (sizes_.empty() || sizes_.back().bytes != size)
      sizes_.push_back({size, FirstBytes(std::string(8, '\xFF'), size)});
    begin = end;
  }
  Index(starts);
}

uint32_t TermTrie::StartSize(std::string_view term) {
  return *std::find_if(std::begin(kSizes), std::end(kSizes),
                       [&](uint32_t size) { return size <= term.size(); });
}

void TermTrie::Index(const std::vector<Start>& starts) {
  filter_.resize(std::bit_ceil(std::max<size_t>(starts.size() * kFilterBitsPerStart / 64, 2)));
  filter_shift_ = 64 - std::countr_zero(filter_.size());
  starts_.resize(std::bit_ceil(std::max<size_t>(starts.size() * 2, 2)));
  starts_shift_ = 64 - std::countr_zero(starts_.size());
  for (const Start& start : starts) {
    const uint64_t hash = HashOf(start.bytes);
    filter_[hash >> filter_shift_] |= uint64_t{1} << OneBit(hash) | uint64_t{1} << OtherBit(hash);
    size_t at = hash >> starts_shift_;
    while (starts_[at].size != 0) at = (at + 1) & (starts_.size() - 1);
    starts_[at] = start;
  }
}

// `spellings` are sorted and agree in their first `depth` bytes.
uint32_t TermTrie::AddState(std::span<const TermSpelling> spellings, size_t depth) {
  const auto state = static_cast<uint32_t>(entries_.size());
  // Of each byte that leads on where its spellings begin.
  std::vector<size_t> begins;
  for (size_t i = 0; i < spellings.size(); ++i) {
    const std::string& bytes = spellings[i].bytes;
    if (bytes.size() == depth) {
      entries_.push_back(
          {spellings[i].term, spellings[i].word_end ? Entry::kTermAtWordEnd : Entry::kTerm});
    } else if (begins.empty() || spellings[begins.back()].bytes[depth] != bytes[depth]) {
      begins.push_back(i);
      entries_.push_back({0, Entry::kByte, static_cast<uint8_t>(bytes[depth])});
    }
  }
  entries_.back().last = true;
  size_t entry = entries_.size() - begins.size();
  begins.push_back(spellings.size());
  for (size_t i = 0; i + 1 < begins.size(); ++i, ++entry) {
    const uint32_t target =
        AddState(spellings.subspan(begins[i], begins[i + 1] - begins[i]), depth + 1);
    entries_[entry].target = target;
  }
  return state;
}

}  // namespace redress
