// The suite that is fed: ready to serve, staffed, and quiet again afterwards.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/rpc/channel.h"
#include "redress/api/v1/complaint.pb.h"
#include "tools/feed/outcome.h"

namespace redress::feed {

// Until health says SERVING and a policy is in force. UNAVAILABLE, with what is missing, when that
// takes longer.
absl::Status WaitUntilServing(RpcChannel& channel, absl::Duration within);

// Sets every agent of the roster available; answers how many there are. A policy that has just been
// published brings its roster a moment later: waits until no further agents come, at most `within`;
// then an empty roster is none.
absl::StatusOr<int> StaffEverybody(RpcChannel& channel, absl::Duration within);

// Events on the complaint log so far; genesis records apart. -1: not to be had.
int64_t EventsOnLog(RpcChannel& channel);

// The complaints of `wanted` as they are now, by id; only what a report shows of them.
absl::StatusOr<std::map<std::string, api::v1::Complaint>> FetchComplaints(
    RpcChannel& channel, const std::map<std::string, LineOrigin>& wanted);

struct Quiet {
  // Every module has folded everything, the log does not grow, and each complaint is assessed, and
  // owned, or queued with a reason, or needs no owner.
  bool reached = false;
  // What was missing, when it was not reached.
  std::string missing;
  std::map<std::string, api::v1::Complaint> complaints;
};

struct QuietLimits {
  // The log must stand still for so long before anybody believes it.
  absl::Duration still;
  // Waiting ends when nothing has moved for so long.
  absl::Duration patience;
};

// Waits until all is quiet. `say` is told how far it is.
absl::StatusOr<Quiet> WaitUntilQuiet(RpcChannel& channel,
                                     const std::map<std::string, LineOrigin>& wanted,
                                     QuietLimits limits, const std::atomic<bool>& stop,
                                     const std::function<void(const std::string&)>& say);

// One step up the ladder.
struct Escalation {
  std::string complaint;
  std::string tracking_code;
  uint32_t from_level = 0;
  uint32_t to_level = 0;
  // Kinds of triggers ("time used"), else the stated reason.
  std::string because;
  absl::Time at;
};

struct Escalations {
  std::vector<Escalation> steps;
  // Complaints at level 2 or higher, and how many of them were looked at.
  size_t candidates = 0;
  size_t looked_at = 0;
};

// Steps up the ladder of those of `complaints` that stand at level 2 or higher: of as many of them
// as can be asked for `within` this time, or until `stop`.
Escalations FetchEscalations(RpcChannel& channel,
                             const std::map<std::string, api::v1::Complaint>& complaints,
                             absl::Duration within, const std::atomic<bool>& stop);

}  // namespace redress::feed
