#include "libs/base/time.h"

#include <limits>

#include "absl/strings/str_cat.h"

namespace redress {

std::string Rfc3339(int64_t us) {
  constexpr int64_t kSecond = 1'000'000;
  const int64_t rest = (us % kSecond + kSecond) % kSecond;
  const int64_t second = (us - rest) / kSecond;
  // Most times of a thread lie in the second of the one before, and breaking a time down is what
  // costs.
  thread_local int64_t known_second = std::numeric_limits<int64_t>::min();
  thread_local std::string known;
  if (second != known_second) {
    known =
        absl::FormatTime("%Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(second), absl::UTCTimeZone());
    known_second = second;
  }
  return absl::StrCat(known, ".", absl::Dec(rest, absl::kZeroPad6), "Z");
}

}  // namespace redress
