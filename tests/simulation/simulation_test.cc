// Seeds in every run of the tests; more by tools/simulate. Seeds that found something once are run
// for ever (regression_seeds.txt).
#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "libs/base/log.h"
#include "tests/simulation/seeds.h"

namespace redress::simulation {
namespace {

uint64_t Seeds() {
  const char* seeds = std::getenv("REDRESS_SIMULATION_SEEDS");
  return seeds == nullptr ? 1000 : std::strtoull(seeds, nullptr, 10);
}

class Simulation : public ::testing::Test {
 protected:
  // What the services complain of is what the storm does to them.
  Simulation() { SetLogLevel(LogLevel::kError); }
};

TEST_F(Simulation, NothingLostNothingTwiceUnderAnySeed) {
  ::testing::internal::CaptureStderr();
  const SeedsOutcome outcome = RunSeeds({1, Seeds(), 2}, {});
  const std::string logged = ::testing::internal::GetCapturedStderr();
  ASSERT_FALSE(outcome.failed) << "seed " << *outcome.failed << ": " << outcome.failure
                               << "\ntools/simulate --seeds 1 --from " << *outcome.failed
                               << " tells the story";
  for (const char* what : {"crash",
                           "pause",
                           "ownership",
                           "clock",
                           "full disk",
                           "inbound again",
                           "replayed",
                           "refused",
                           "read",
                           "lost",
                           "unknown persisted",
                           "unknown lost",
                           "unknown late",
                           "duplicated",
                           "overtaken",
                           "gap",
                           "verdict duplicate",
                           "verdict conflict",
                           "error UPGRADE",
                           "error CHANGED",
                           "event ClockBreached",
                           "event ComplaintEscalated",
                           "event ComplaintReopened",
                           "event WaitingEnded",
                           "event ComplaintQueued",
                           "presence",
                           "answered among automatic work",
                           "log read again",
                           "metrics looked at",
                           "counted as redress_complaints_received_total",
                           "counted as redress_events_folded_total",
                           "counted as redress_complaints_assessed_total"}) {
    EXPECT_GT(outcome.sum.met.count(what), 0u)
        << what << " never happened: the storm is too calm to prove anything";
  }
  for (int site = 0; site < kSites; ++site) {
    EXPECT_GT(outcome.sum.sites[site], 0u)
        << "nobody was ever here: " << SiteName(static_cast<Site>(site));
    EXPECT_GT(outcome.sum.deaths[site], 0u)
        << "nobody ever died here: " << SiteName(static_cast<Site>(site));
  }
  EXPECT_EQ(logged.find("Zebra-Crossing"), std::string::npos) << "what is sealed was logged";
}

TEST_F(Simulation, SeedsThatFoundSomethingOnce) {
  std::ifstream file(std::string(std::getenv("REDRESS_SOURCE_DIR")) +
                     "/tests/simulation/regression_seeds.txt");
  ASSERT_TRUE(file.is_open());
  int seeds = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const uint64_t seed = std::strtoull(line.c_str(), nullptr, 10);
    const Outcome outcome = simulation::Run(seed);
    EXPECT_FALSE(outcome.failure) << "seed " << seed << ": " << *outcome.failure;
    ++seeds;
  }
  EXPECT_GT(seeds, 0);
}

TEST_F(Simulation, TheSameSeedGivesTheSameTrace) {
  for (uint64_t seed = 3; seed <= 22; ++seed)
    EXPECT_EQ(simulation::Run(seed).trace, simulation::Run(seed).trace) << "seed " << seed;
  EXPECT_NE(simulation::Run(3).trace, simulation::Run(4).trace);
}

}  // namespace
}  // namespace redress::simulation
