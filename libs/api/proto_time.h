// Between the log's µs and the API's Timestamp and Duration. Pure.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/base/time.h"

namespace redress {

inline google::protobuf::Timestamp ToTimestamp(int64_t us) {
  google::protobuf::Timestamp time;
  int64_t seconds = us / 1'000'000;
  int64_t rest = us % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  time.set_seconds(seconds);
  time.set_nanos(static_cast<int32_t>(rest * 1000));
  return time;
}

inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  return ToTimestamp(ToMicros(time));
}

// Finer parts are cut off.
inline int64_t FromTimestamp(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

inline google::protobuf::Duration ToDuration(int64_t ms) {
  google::protobuf::Duration duration;
  duration.set_seconds(ms / 1000);
  duration.set_nanos(static_cast<int32_t>(ms % 1000) * 1'000'000);
  return duration;
}

// Whole microseconds of it.
inline google::protobuf::Duration ToDuration(absl::Duration span) {
  const int64_t us = absl::ToInt64Microseconds(span);
  google::protobuf::Duration duration;
  duration.set_seconds(us / 1'000'000);
  duration.set_nanos(static_cast<int32_t>(us % 1'000'000) * 1000);
  return duration;
}

}  // namespace redress
