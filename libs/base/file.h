// Small files read as a whole: configuration, secrets, texts.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace redress {

// Far above anything that is read as a whole; /dev/zero is above it too.
inline constexpr size_t kMostFileBytes = 64u << 20;

// All bytes of `path`. Errors are "PATH: cannot be read: REASON", by what the system says:
// NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION for a folder; RESOURCE_EXHAUSTED above
// `most_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most_bytes = kMostFileBytes);

}  // namespace redress
