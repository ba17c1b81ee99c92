// SubmitComplaint: from a request to the complaint's identity and its opening event. Pure but for
// what is passed in.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/directory/directory.h"
#include "libs/rpc/caller.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "services/intake/decide/conversation_deciders.h"

namespace redress::intake {

// Everything that is wrong with the request; PERMISSION_DENIED for a time of receipt in the past
// without the role `backdate`.
[[nodiscard]] absl::Status CheckSubmit(const v1::SubmitComplaintRequest& request,
                                       const Caller& caller, absl::Time now);

// Who it is: of the source id when given, else of (client, request id).
struct SubmitIdentity {
  ComplaintId complaint;
  RequestId request;
};
SubmitIdentity IdentityOf(const v1::SubmitComplaintRequest& request, std::string_view secret,
                          const Caller& caller);

// The opening event. Precondition: CheckSubmit is OK.
ReceiveInput OpeningOf(const v1::SubmitComplaintRequest& request, const ComplaintId& complaint,
                       std::string_view secret);

// The policy that the complaint is decided under. UNAVAILABLE while none is active or folded here,
// INVALID_ARGUMENT when it does not know the declared category.
absl::StatusOr<ContentHash> PolicyFor(const v1::SubmitComplaintRequest& request,
                                      const Directory& directory, absl::Time now);

}  // namespace redress::intake
