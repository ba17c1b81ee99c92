#include "libs/rpc/caller.h"

#include "absl/strings/str_cat.h"
#include "libs/errors/errors.h"

namespace redress {

event::v1::Actor Caller::ToActor(std::string_view role) const {
  event::v1::Actor actor;
  actor.set_kind(kind);
  actor.set_id(id);
  actor.set_role(std::string(role));
  return actor;
}

absl::Status RequireRole(const Caller& caller, std::string_view role) {
  if (caller.HasRole(role)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kPermissionDenied, reason::kRoleRequired,
                   absl::StrCat("this call needs the role \"", std::string(role), "\""),
                   {{"role", role}});
}

}  // namespace redress
