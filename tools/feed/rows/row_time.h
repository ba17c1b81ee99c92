// Times as files of complaints write them.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace redress::feed {

// RFC 3339 and its relatives, dates with - / . or 年月日, RFC 2822, American dates, seconds, ms or
// µs since 1970. What names no zone is meant in `zone`. A date alone is its midnight; 24/02/2015 is
// February, 02/03/2015 is the third of February. Nothing when it is none of these, or not between
// 1900 and 2200.
std::optional<absl::Time> ParseRowTime(std::string_view text, absl::TimeZone zone);

}  // namespace redress::feed
