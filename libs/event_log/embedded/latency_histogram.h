// Counts of durations in fixed buckets, ready for a metrics page. Not thread-safe; a value type.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace redress {

struct LatencyHistogram {
  // Upper bounds, µs; the last bucket has none.
  static constexpr std::array<int64_t, 14> kBoundsUs = {
      100,    200,    500,     1'000,   2'000,   5'000,     10'000,
      20'000, 50'000, 100'000, 200'000, 500'000, 1'000'000, 5'000'000};
  std::array<uint64_t, kBoundsUs.size() + 1> counts{};
  int64_t sum_us = 0;

  void Add(int64_t us) {
    size_t bucket = 0;
    while (bucket < kBoundsUs.size() && us > kBoundsUs[bucket]) ++bucket;
    ++counts[bucket];
    sum_us += us;
  }
};

}  // namespace redress
