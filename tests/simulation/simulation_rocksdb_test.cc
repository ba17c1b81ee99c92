// Two hundred seeds with every projection in RocksDB on the fault-injecting file system: what dies
// loses what was not synced. Many at a time, for after a cut RocksDB waits a second of real time.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "libs/base/log.h"
#include "tests/simulation/seeds.h"

namespace redress::simulation {
namespace {

TEST(SimulationOnRocksDb, NothingLostNothingTwice) {
  SetLogLevel(LogLevel::kError);
  Settings settings;
  settings.rocks_dir = ::testing::TempDir() + "simulation-" + std::to_string(getpid());
  std::filesystem::create_directories(settings.rocks_dir);
  ::testing::internal::CaptureStderr();
  const SeedsOutcome outcome = RunSeeds({1, 200, 8}, settings);
  // RocksDB complains of each cut.
  ::testing::internal::GetCapturedStderr();
  std::filesystem::remove_all(settings.rocks_dir);
  EXPECT_FALSE(outcome.failed) << "seed " << *outcome.failed << ": " << outcome.failure;
  EXPECT_GT(outcome.sum.met.at("crash"), 200u);
}

}  // namespace
}  // namespace redress::simulation
