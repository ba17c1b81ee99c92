#include "services/intake/api/roles.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"

namespace redress::intake {
namespace {

using Roles = std::vector<std::string_view>;

const std::map<std::string_view, Roles>& Table() {
  static const Roles kHandlers = {"agent", "supervisor"};
  static const Roles kSupervisors = {"supervisor"};
  static const Roles kReaders = {"agent", "supervisor", "reader", "admin"};
  static const Roles kAdmins = {"admin"};
  static const std::map<std::string_view, Roles> table = {
      {"ComplaintService/SubmitComplaint",
       {"agent", "supervisor", "adapter", "complainant", "api_client", "importer"}},
      {"ComplaintService/AddMessage", {"agent", "supervisor", "adapter", "api_client", "importer"}},
      {"ComplaintService/AddNote", kHandlers},
      {"ComplaintService/SetFields", {"agent", "supervisor", "importer"}},
      {"ComplaintService/StartInvestigation", kHandlers},
      {"ComplaintService/ResolveComplaint", {"agent", "supervisor", "importer"}},
      {"ComplaintService/CloseComplaint", {"agent", "supervisor", "importer"}},
      {"ComplaintService/ReopenComplaint", kHandlers},
      {"ComplaintService/WithdrawComplaint", {"agent", "supervisor", "importer"}},
      {"ComplaintService/CorrectAssessment", kHandlers},
      {"ComplaintService/EscalateComplaint", kHandlers},
      {"ComplaintService/DeescalateComplaint", kSupervisors},
      {"ComplaintService/DeclineEscalation", kSupervisors},
      {"ComplaintService/StartWaiting", kHandlers},
      {"ComplaintService/EndWaiting", kHandlers},
      {"ComplaintService/AssignComplaint", kSupervisors},
      {"ComplaintService/TakeComplaint", kHandlers},
      {"ComplaintService/TransferComplaint", kHandlers},
      {"ComplaintService/ReleaseComplaint", kHandlers},
      {"ComplaintService/GetComplaint", kReaders},
      {"ComplaintService/ListComplaints", kReaders},
      {"ComplaintService/GetHistory", kReaders},
      {"ComplaintService/WatchComplaints", kReaders},
      {"ComplaintService/LookupSource",
       {"agent", "supervisor", "reader", "adapter", "api_client", "importer"}},
      {"InboundService/Publish", {"adapter"}},
      {"DirectoryService/DefineTeam", kAdmins},
      {"DirectoryService/EnrollAgent", kAdmins},
      {"DirectoryService/MoveAgent", kAdmins},
      {"DirectoryService/SetSkills", kAdmins},
      {"DirectoryService/SetCapacity", {"admin", "supervisor"}},
      // Of oneself; of others it needs supervisor, see directory_commands.cc.
      {"DirectoryService/SetPresence", {"agent", "supervisor", "admin"}},
      {"DirectoryService/DepartAgent", kAdmins},
      {"DirectoryService/ApplyRoster", kAdmins},
      {"DirectoryService/GetAgent", kReaders},
      {"DirectoryService/ListAgents", kReaders},
      {"DirectoryService/ListTeams", kReaders},
      {"DirectoryService/PublishPolicy", kAdmins},
      {"DirectoryService/ActivatePolicy", kAdmins},
      {"DirectoryService/GetPolicy", kReaders},
  };
  return table;
}

std::string_view RoleOfKind(event::v1::Actor::Kind kind) {
  switch (kind) {
    case event::v1::Actor::COMPLAINANT:
      return "complainant";
    case event::v1::Actor::API_CLIENT:
      return "api_client";
    case event::v1::Actor::IMPORTER:
      return "importer";
    default:
      return "";
  }
}

}  // namespace

bool ActsAs(const Caller& caller, std::string_view role) {
  return caller.HasRole(role) || RoleOfKind(caller.kind) == role;
}

std::string_view ShortMethod(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return path;
  const size_t before = path.rfind('.', slash);
  return path.substr(before == std::string_view::npos ? 0 : before + 1);
}

absl::StatusOr<std::string> AllowedRole(const Caller& caller, std::string_view method) {
  const auto entry = Table().find(method);
  if (entry == Table().end()) return RequireRole(caller, "nobody");
  for (const std::string_view role : entry->second) {
    if (ActsAs(caller, role)) return std::string(role);
  }
  std::vector<std::string> names(entry->second.begin(), entry->second.end());
  return MakeError(absl::StatusCode::kPermissionDenied, reason::kRoleRequired,
                   absl::StrCat("needs one of the roles ", absl::StrJoin(names, ", ")),
                   {{"role", names.front()}});
}

}  // namespace redress::intake
