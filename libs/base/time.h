// Times on the log are µs since 1970 UTC in an int64; 0 means "none".
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace redress {

inline int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }
inline absl::Time FromMicros(int64_t us) { return absl::FromUnixMicros(us); }

}  // namespace redress
