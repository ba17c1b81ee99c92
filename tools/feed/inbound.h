// Channel messages through InboundService.Publish, and what take-in made of them.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/rpc/channel.h"
#include "redress/personal/v1/personal.pb.h"
#include "tools/feed/outcome.h"

namespace redress::feed {

struct InboundLine {
  LineOrigin origin;
  personal::v1::InboundItem item;
};

// Publishes the lines in their order, waits until each is taken in, and tallies it: a complaint or
// a message of one is taken, a message known before a duplicate, what is screened or not taken in
// within `patience` is rejected. An error when the server cannot be reached or does not let us.
absl::Status FeedInbound(RpcChannel& channel, const std::vector<InboundLine>& lines,
                         absl::Duration patience, const std::atomic<bool>& stop, Tally* tally);

}  // namespace redress::feed
