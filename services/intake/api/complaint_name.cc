#include "services/intake/api/complaint_name.h"

#include <vector>

#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "services/intake/projection/tables.h"

namespace redress::intake {

absl::StatusOr<ComplaintName> ParseComplaintName(std::string_view typed, std::string_view field) {
  if (typed.empty()) return InvalidField(field, "required: complaint id or tracking code");
  if (const auto id = ComplaintId::FromHex(typed)) return ComplaintName{*id, ""};
  std::string code = CanonicalTrackingCode(typed);
  if (code.empty()) {
    return InvalidField(field,
                        "neither an id (32 hexadecimal digits) nor a tracking code "
                        "(XXXX-XXXX-XXXX-C): wrong length, "
                        "character or check character");
  }
  return ComplaintName{ComplaintId(), std::move(code)};
}

absl::StatusOr<ComplaintId> FindByCode(const ProjectionStore& store, const std::string& code) {
  std::vector<ComplaintId> found;
  const std::string prefix = TrackingPrefix(code);
  REDRESS_RETURN_IF_ERROR(
      store.Scan(prefix, AfterPrefix(prefix), false, [&](std::string_view key, std::string_view) {
        found.push_back(TrackingComplaint(key));
        return found.size() < 2;
      }));
  if (found.size() == 2) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason::kTrackingCodeAmbiguous,
                     "two complaints have this tracking code: name the complaint by its id");
  }
  return found.empty() ? ComplaintId() : found.front();
}

std::vector<TopicPartition> ComplaintPartitions(EventLog& log) {
  std::vector<TopicPartition> all;
  for (int32_t p = 0; p < log.PartitionCount(Topic::kComplaints); ++p) {
    all.push_back({Topic::kComplaints, Partition(p)});
  }
  return all;
}

absl::Status NoSuchComplaint() {
  return MakeError(absl::StatusCode::kNotFound, reason::kNotFound, "no such complaint");
}

void ResolveName(IntakeCore* core, const ComplaintName& name, absl::Time deadline,
                 std::function<void(absl::StatusOr<ComplaintId>)> done) {
  if (name.id) return done(name.id);
  auto found = FindByCode(core->store(), name.code);
  if (!found.ok() || *found) return done(std::move(found));
  WhenCaughtUp(core, ComplaintPartitions(core->log()), deadline,
               [core, code = name.code, done = std::move(done)](absl::Status reached) {
                 if (!reached.ok()) return done(reached);
                 auto again = FindByCode(core->store(), code);
                 if (again.ok() && !*again) return done(NoSuchComplaint());
                 done(std::move(again));
               });
}

}  // namespace redress::intake
