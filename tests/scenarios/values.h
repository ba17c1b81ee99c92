// What the texts of a scenario may refer to: variables saved by earlier steps, and the time.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace redress::scenarios {

struct Values {
  std::map<std::string, std::string> variables;
  absl::Time now;

  // The text with every ${name} replaced. NOT_FOUND names the variable that nobody saved.
  absl::StatusOr<std::string> Expand(const std::string& text) const;
  // "now", "now-23h", "now+5m" or an RFC 3339 time.
  absl::StatusOr<absl::Time> TimeOf(const std::string& text) const;
};

}  // namespace redress::scenarios
