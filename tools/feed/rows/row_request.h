// From a row to the call that submits it. Pure; thread-safe.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/time/time.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "tools/feed/rows/column_map.h"
#include "tools/feed/rows/row.h"

namespace redress::feed {

// As the contract of SubmitComplaint says, bytes.
inline constexpr size_t kMaxTextBytes = 64 << 10;
inline constexpr size_t kMaxSubjectBytes = 1 << 10;
inline constexpr size_t kMaxFieldBytes = 8 << 10;
inline constexpr size_t kMaxCodeBytes = 256;
inline constexpr int kMaxRowFields = 200;

struct RowMeaning {
  // First half of the source id.
  std::string source;
  ColumnMap map;
  // Of times without one.
  absl::TimeZone zone = absl::UTCTimeZone();
  // Roles that a row must bring, and readably.
  std::set<Role> required;
  // Later times are not accepted as time of occurrence.
  absl::Time now;
};

// The request, or why the row cannot be one. What a role cannot hold (a time that is none, an
// unknown channel, an overlong subject) and every column without role is kept as a field; fields
// are marked personal, because a file does not say what is in them. Row key: the id, else the line
// number. The request id is made of source and row key.
std::variant<intake::v1::SubmitComplaintRequest, RowProblem> RequestOfRow(
    const Row& row, const RowMeaning& meaning);

// Channel of a word as sources write it ("Web", "twitter", "Postal mail", "电话"), and whether it
// says no more than that (then the word need not be kept). CHANNEL_UNSPECIFIED: unknown.
std::pair<event::v1::Channel, bool> ChannelOfWord(std::string_view word);

}  // namespace redress::feed
