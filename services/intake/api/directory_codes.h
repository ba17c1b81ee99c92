// Codes that callers write, as the ids of directory entities: looked up, or a typed error that
// names the field.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/directory/directory.h"

namespace redress::intake {

// Entity id of a team's or agent's code; empty for an empty one. INVALID_ARGUMENT when there is
// none.
absl::StatusOr<std::string> TeamIdOf(const Directory& directory, const std::string& code,
                                     std::string_view field);
absl::StatusOr<std::string> AgentIdOf(const Directory& directory, const std::string& code,
                                      std::string_view field);

}  // namespace redress::intake
