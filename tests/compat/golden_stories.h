// What this release would write as golden logs: one per payload type and schema version, and some
// whole histories. Ids and times are fixed, so that two runs write the same bytes.
#pragma once

#include <vector>

#include "tests/compat/golden_log.h"

namespace redress::compat {

std::vector<GoldenLog> CurrentStories();

}  // namespace redress::compat
