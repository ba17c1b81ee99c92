// The lines of deploy/demo/complaints.jsonl (fields in its README) as calls and as inbound items.
// Pure.
#pragma once

#include <string_view>
#include <variant>

#include "absl/time/time.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "redress/personal/v1/personal.pb.h"
#include "tools/feed/rows/row.h"

namespace redress::feed {

// What a line says to do: `via` tells which of the two, or what is wrong with the line.
using DemoLine =
    std::variant<intake::v1::SubmitComplaintRequest, personal::v1::InboundItem, RowProblem>;

// `now` is when the feed began: times of the file count back from it.
DemoLine ReadDemoLine(const Row& row, absl::Time now);

// "3d4h20m"; nothing when it is not written like that.
std::optional<absl::Duration> ParseAgo(std::string_view text);

}  // namespace redress::feed
