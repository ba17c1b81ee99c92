// What a decider takes as now (architecture §4): the later of the own clock and the newest recorded
// time of the stream, while that is at most 2 s ahead, so that a complaint that moves between
// instances does not go back in time. Beyond it the own clock counts: somebody else's is wrong, and
// the skew is a metric. Pure.
#pragma once

#include "absl/time/time.h"
#include "libs/base/time.h"

namespace redress {

inline constexpr absl::Duration kTolerableSkew = absl::Seconds(2);

// `newest_recorded_us`: of the stream; 0: it is not there yet.
inline absl::Time DecisionTime(absl::Time own, int64_t newest_recorded_us) {
  const absl::Time newest = FromMicros(newest_recorded_us);
  return newest > own && newest - own <= kTolerableSkew ? newest : own;
}

}  // namespace redress
