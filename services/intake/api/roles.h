// Who may call what: one table for all services of intake. What is not in it nobody may call.
// Immutable, thread-safe.
//
// A caller has the roles of its token; besides, its kind counts as a role: "complainant",
// "api_client", "importer".
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/rpc/caller.h"

namespace redress::intake {

// The role in which the caller may call "Service/Method" (the first of the table that it has), or
// PERMISSION_DENIED.
absl::StatusOr<std::string> AllowedRole(const Caller& caller, std::string_view method);

// True when the caller has the role by token or kind.
bool ActsAs(const Caller& caller, std::string_view role);

// "ComplaintService/AddNote" of "/redress.intake.v1.ComplaintService/AddNote".
std::string_view ShortMethod(std::string_view path);

}  // namespace redress::intake
