// Runs many seeds, on several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/simulation.h"

namespace redress::simulation {

struct SeedRange {
  uint64_t from = 1;
  uint64_t count = 1000;
  int jobs = 2;
};

struct SeedsOutcome {
  // The lowest seed that failed, of those that ran until all stopped.
  std::optional<uint64_t> failed;
  std::string failure;
  // What happened in all of them; without traces and stories.
  Outcome sum;
};

// Until one fails or all are done.
SeedsOutcome RunSeeds(const SeedRange& range, const Settings& settings);

}  // namespace redress::simulation
