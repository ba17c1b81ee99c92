#include "libs/domain/priority/priority.h"

#include <algorithm>

#include "libs/base/check.h"

namespace redress {
namespace {

constexpr int64_t kMsPerHour = 3'600'000;

}  // namespace

int64_t BaseScore(const PriorityFacts& facts, const PriorityWeights& weights) {
  return facts.severity * weights.severity + facts.urgency * weights.urgency +
         facts.impact * weights.impact + facts.value * weights.value +
         facts.emotion_percent * weights.emotion / 20 + (facts.safety ? weights.safety_bonus : 0) +
         (facts.legal_risk ? weights.legal_bonus : 0);
}

uint32_t BandOf(int64_t score, const BandFloors& floors) {
  const auto it =
      std::find_if(floors.begin(), floors.end(), [&](int64_t floor) { return score >= floor; });
  return static_cast<uint32_t>(it - floors.begin()) + 1;
}

int64_t ScoreInBand(int64_t score, uint32_t band, const BandFloors& floors) {
  REDRESS_CHECK(band >= 1 && band <= 4);
  if (band > 1) score = std::min(score, floors[band - 2] - 1);
  if (band < 4) score = std::max(score, floors[band - 1]);
  return score;
}

int64_t AgedScore(int64_t base_score, absl::Time received_at, int64_t ageing_per_hour,
                  absl::Time now) {
  const int64_t waited_ms = std::max<int64_t>(0, absl::ToInt64Milliseconds(now - received_at));
  return base_score + waited_ms * ageing_per_hour / kMsPerHour;
}

PriorityKey PriorityKey::Of(const ComplaintId& complaint, int64_t base_score, uint32_t band,
                            absl::Time received_at, int64_t ageing_per_hour) {
  PriorityKey key;
  key.not_critical_ = band != 1;
  key.negated_points_ = absl::ToUnixMillis(received_at) * ageing_per_hour - base_score * kMsPerHour;
  key.received_us_ = absl::ToUnixMicros(received_at);
  key.complaint_ = complaint;
  return key;
}

}  // namespace redress
