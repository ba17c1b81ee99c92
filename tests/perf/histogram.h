// Latencies in buckets that are 1/16 apart, so that a percentile is exact to 6 %. A plain value
// without pointers: it lies in memory shared by two processes, or goes through a pipe. Not
// thread-safe.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace redress::perf {

class Histogram {
 public:
  void Add(int64_t us) {
    ++counts_[BucketOf(us < 0 ? 0 : static_cast<uint64_t>(us))];
    ++total_;
  }
  uint64_t total() const { return total_; }
  // Upper bound of the bucket that holds the value, µs; 0 when nothing was added. `share`: 0.5,
  // 0.99.
  int64_t Percentile(double share) const {
    const auto wanted = static_cast<uint64_t>(share * static_cast<double>(total_));
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (counts_[bucket] > 0 && seen > wanted) return UpperBound(bucket);
    }
    return total_ == 0 ? 0 : UpperBound(counts_.size() - 1);
  }

 private:
  static constexpr int kBits = 4;
  static constexpr size_t kPerOctave = size_t{1} << kBits;

  static size_t BucketOf(uint64_t us) {
    if (us < kPerOctave) return us;
    const int shift = std::bit_width(us) - kBits - 1;
    const size_t bucket =
        (static_cast<size_t>(shift) + 1) * kPerOctave + ((us >> shift) - kPerOctave);
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  static int64_t UpperBound(size_t bucket) {
    if (bucket < kPerOctave) return static_cast<int64_t>(bucket);
    const size_t shift = bucket / kPerOctave - 1;
    return static_cast<int64_t>(((bucket % kPerOctave + kPerOctave + 1) << shift) - 1);
  }

  // Up to 2^36 µs, 19 hours.
  static constexpr size_t kBuckets = 33 * kPerOctave;
  std::array<uint32_t, kBuckets> counts_{};
  uint64_t total_ = 0;
};

}  // namespace redress::perf
