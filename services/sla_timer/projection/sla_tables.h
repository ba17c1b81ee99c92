// Rows of sla-timer's own, beside those that every projection has (docs/formats/projection.md).
// Private and rebuildable. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/ids.h"
#include "libs/event_log/event_log.h"
#include "libs/projection/row_key.h"
#include "redress/event/v1/shared.pb.h"

namespace redress::sla_timer {

// 'o' + row number: the clocks of the complaint that have started and not ended.
inline constexpr char kOpenTable = 'o';
// 'b' + due time + complaint + clock: those of them whose target was missed. No value.
inline constexpr char kBreachedTable = 'b';
// 'x' + row number: `Explained` of the last ClocksSet.
inline constexpr char kExplainedTable = 'x';
// 'u' + complaint: its timer row waits for a calendar. No value.
inline constexpr char kUnresolvedTable = 'u';

struct OpenClock {
  std::string clock_id;
  uint8_t kind = 0;
  uint8_t level = 0;
  // Runs, rather than standing still.
  bool running = false;
  // Due time of a target that was missed; 0: not missed.
  int64_t breached_due_us = 0;
  friend bool operator==(const OpenClock&, const OpenClock&) = default;
};

std::string OpenKey(const RowNumber& row);
std::string EncodeOpenClocks(const std::vector<OpenClock>& clocks);
// Nothing when the bytes are no such row.
std::optional<std::vector<OpenClock>> DecodeOpenClocks(std::string_view bytes);

std::string BreachedKey(int64_t due_us, const ComplaintId& complaint, std::string_view clock_id);
std::string ExplainedKey(const RowNumber& row);
std::string UnresolvedKey(const ComplaintId& complaint);

}  // namespace redress::sla_timer
