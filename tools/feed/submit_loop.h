// Submits complaints, many at once, each until it has an answer. What may be repeated is repeated
// with the same request id, so that nothing is lost and nothing counts twice.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/rpc/channel.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "tools/feed/outcome.h"

namespace redress::feed {

struct Submission {
  LineOrigin origin;
  intake::v1::SubmitComplaintRequest request;
};

struct SubmitLimits {
  size_t in_flight = 128;
  // Without any final answer for so long, the server is taken for gone.
  absl::Duration give_up = absl::Seconds(60);
};

class SubmitLoop {
 public:
  // The next one; nothing: there are no more.
  using Next = std::function<std::optional<Submission>()>;
  // A final answer: taken, or an error that repeating would not mend.
  using Settled = std::function<void(const Submission&,
                                     const absl::StatusOr<intake::v1::SubmitComplaintResponse>&)>;

  // `stop`: once true nothing new is begun. Both outlive the loop.
  SubmitLoop(RpcChannel& channel, SubmitLimits limits, const std::atomic<bool>& stop);

  // Blocks until all are settled, or, stopped, until those under way are. All functions are called
  // on this thread; `tick` every 100 ms or oftener. UNAVAILABLE: gave up; PERMISSION_DENIED,
  // UNAUTHENTICATED, UNIMPLEMENTED: the server wants none of these.
  absl::Status Run(const Next& next, const Settled& settled, const std::function<void()>& tick);

 private:
  RpcChannel& channel_;
  const SubmitLimits limits_;
  const std::atomic<bool>& stop_;
};

// Puts a final answer into the tally.
void TallyAnswer(const Submission& submission,
                 const absl::StatusOr<intake::v1::SubmitComplaintResponse>& answer, Tally* tally);

}  // namespace redress::feed
