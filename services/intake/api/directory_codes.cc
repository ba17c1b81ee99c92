#include "services/intake/api/directory_codes.h"

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/errors/errors.h"

namespace redress::intake {

absl::StatusOr<std::string> TeamIdOf(const Directory& directory, const std::string& code,
                                     std::string_view field) {
  if (code.empty()) return std::string();
  if (directory.FindTeam(code) == nullptr)
    return InvalidField(field, absl::StrCat("no team \"", code, "\""));
  return EntityIdOf("team", code).ToBytes();
}

absl::StatusOr<std::string> AgentIdOf(const Directory& directory, const std::string& code,
                                      std::string_view field) {
  if (code.empty()) return std::string();
  if (directory.FindAgent(code) == nullptr)
    return InvalidField(field, absl::StrCat("no agent \"", code, "\""));
  return EntityIdOf("agent", code).ToBytes();
}

}  // namespace redress::intake
