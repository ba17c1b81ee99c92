// Times on the log are µs since 1970 UTC in an int64; 0 means "none".
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace redress {

// "2026-03-01T09:30:00.000250Z".
std::string Rfc3339(int64_t us);

inline int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }
inline absl::Time FromMicros(int64_t us) { return absl::FromUnixMicros(us); }

}  // namespace redress
