// Dynamic priority (F6.3-F6.5): how pressing a complaint is, and in which order a queue is worked.
// The classifier computes score and band when it assesses; the router orders by `PriorityKey`.
//
// Ageing is linear and the same for all of a queue, so the order of two waiting complaints never
// changes with time: a queue is sorted once, and nothing need be written as complaints grow older
// (`events.md` 1.5).
//
// Pure; value types; thread-safe as values are. Whole numbers only.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

#include "absl/time/time.h"
#include "libs/base/ids.h"

namespace redress {

// Points per step of an axis, and what is added at once. All at least 0.
struct PriorityWeights {
  int64_t severity = 0;
  int64_t urgency = 0;
  int64_t impact = 0;
  int64_t value = 0;
  int64_t emotion = 0;
  int64_t safety_bonus = 0;
  int64_t legal_bonus = 0;
};

struct PriorityFacts {
  // 1-5 each; `value` is the score of the complainant's value tier.
  int64_t severity = 1;
  int64_t urgency = 1;
  int64_t impact = 1;
  int64_t value = 1;
  // Emotion index, 0-100.
  int64_t emotion_percent = 0;
  bool safety = false;
  bool legal_risk = false;
};

// Σ axis × weight + emotion percent × weight / 20 + bonuses (F6.4); the division by 20 puts emotion
// on a scale of 0-5 and rounds down.
int64_t BaseScore(const PriorityFacts& facts, const PriorityWeights& weights);

// Least scores of bands 1, 2 and 3, falling; band 4 is the rest.
using BandFloors = std::array<int64_t, 3>;

// 1 (critical) to 4 (low).
uint32_t BandOf(int64_t score, const BandFloors& floors);

// The score nearest to `score` that lies in `band` (1-4): what a person's correction of the band
// makes of it.
int64_t ScoreInBand(int64_t score, uint32_t band, const BandFloors& floors);

// The score as grown by `now`, for showing it: base score + full points of ageing. Before
// `received_at`: the base.
int64_t AgedScore(int64_t base_score, absl::Time received_at, int64_t ageing_per_hour,
                  absl::Time now);

// Place in a queue: the smaller key is worked first.
//   1. Band 1 before all others, however long those have waited (F6.5). The band is fixed at
//   assessment, so this
//      too never changes with time.
//   2. base score × scale − received time × slope, the greater first. Scale = ms per hour, slope =
//   points per
//      hour.
//   3. received earlier; then the complaint id, so that the order is total.
class PriorityKey {
 public:
  // `ageing_per_hour` is the queue's own slope (the policy in force), NOT one remembered by each
  // complaint: keys of different slopes do not compare. Rebuild a queue whose slope changes.
  // Preconditions: |base_score| <= 10^9, 0 <= ageing_per_hour <= 10^5, received within 1900-2300.
  static PriorityKey Of(const ComplaintId& complaint, int64_t base_score, uint32_t band,
                        absl::Time received_at, int64_t ageing_per_hour);

  const ComplaintId& complaint() const { return complaint_; }
  // Rules 1 and 2 as one number, for rows that are ordered by a number: lower is sooner.
  int64_t order() const {
    return negated_points_ + (not_critical_ ? int64_t{3'000'000'000'000'000'000} : 0);
  }
  friend auto operator<=>(const PriorityKey&, const PriorityKey&) = default;

 private:
  PriorityKey() = default;

  // In the order of comparison.
  bool not_critical_ = false;
  int64_t negated_points_ = 0;
  int64_t received_us_ = 0;
  ComplaintId complaint_;
};

}  // namespace redress
