// A thousand seeds in every run of the tests; more by `simulate --seeds N --from S`.
#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace redress::simulation {
namespace {

uint64_t Seeds() {
  const char* seeds = std::getenv("REDRESS_SIMULATION_SEEDS");
  return seeds == nullptr ? 1000 : std::strtoull(seeds, nullptr, 10);
}

TEST(Simulation, NothingLostNothingTwiceUnderAnySeed) {
  std::map<std::string, uint64_t> met;
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    const Outcome outcome = simulation::Run(seed);
    ASSERT_FALSE(outcome.failure) << "seed " << seed << ": " << *outcome.failure;
    for (const auto& [what, count] : outcome.met) met[what] += count;
  }
  for (const char* what : {"crash", "pause", "ownership", "clock", "inbound again", "replayed", "refused", "lost",
                           "unknown persisted", "unknown lost", "unknown late", "duplicated", "overtaken", "gap",
                           "verdict duplicate", "verdict conflict", "older release", "error UPGRADE"}) {
    EXPECT_GT(met[what], 0u) << what << " never happened: the storm is too calm to prove anything";
  }
}

TEST(Simulation, TheSameSeedGivesTheSameTrace) {
  for (uint64_t seed = 3; seed <= 40; ++seed) {
    EXPECT_EQ(simulation::Run(seed).trace, simulation::Run(seed).trace) << "seed " << seed;
  }
  EXPECT_NE(simulation::Run(3).trace, simulation::Run(4).trace);
}

}  // namespace
}  // namespace redress::simulation
