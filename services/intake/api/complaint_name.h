// How callers name a complaint: id (32 hexadecimal digits) or tracking code as typed. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/intake/api/intake_core.h"

namespace redress::intake {

// Exactly one is set.
struct ComplaintName {
  ComplaintId id;
  // Canonical.
  std::string code;
};

// INVALID_ARGUMENT about `field` when it is neither, e.g. for a wrong check character.
absl::StatusOr<ComplaintName> ParseComplaintName(std::string_view typed,
                                                 std::string_view field = "complaint");

// The complaint of a tracking code at the last flush; none when there is none. FAILED_PRECONDITION
// when there are two: then the caller must give the id.
absl::StatusOr<ComplaintId> FindByCode(const ProjectionStore& store, const std::string& code);

// The id; of a code that is not folded yet only after folding all that is durable now. NOT_FOUND
// for an unknown code; an id is not looked up. `done` on the service's thread, on which this is
// called.
void ResolveName(IntakeCore* core, const ComplaintName& name, absl::Time deadline,
                 std::function<void(absl::StatusOr<ComplaintId>)> done);

std::vector<TopicPartition> ComplaintPartitions(EventLog& log);

[[nodiscard]] absl::Status NoSuchComplaint();

}  // namespace redress::intake
