// Who calls. Made once per token when the token file is loaded, shared by all its calls; immutable,
// thread-safe.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "redress/event/v1/record.pb.h"

namespace redress {

struct Caller {
  event::v1::Actor::Kind kind = event::v1::Actor::KIND_UNSPECIFIED;
  // Agent code, client name: goes into the log's headers, so never readable personal data.
  std::string id;
  std::set<std::string, std::less<>> roles;
  // The local person of a suite without token file.
  bool all_roles = false;

  bool HasRole(std::string_view role) const { return all_roles || roles.find(role) != roles.end(); }

  // As it stands in the header of an event that this caller decides in `role` (may be empty).
  event::v1::Actor ToActor(std::string_view role = "") const;
};

// OK, or PERMISSION_DENIED with reason ROLE_REQUIRED and metadata `role`.
[[nodiscard]] absl::Status RequireRole(const Caller& caller, std::string_view role);

}  // namespace redress
