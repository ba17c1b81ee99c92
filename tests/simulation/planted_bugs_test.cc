// Every planted bug is caught within a thousand seeds: the checks can fail, and each rule that it
// leaves out is needed.
#include <gtest/gtest.h>

#include "libs/base/log.h"
#include "tests/simulation/seeds.h"

namespace redress::simulation {
namespace {

class PlantedBug : public ::testing::TestWithParam<Bug> {};

TEST_P(PlantedBug, IsCaughtWithinAThousandSeeds) {
  SetLogLevel(LogLevel::kError);
  Settings settings;
  settings.bug = GetParam();
  EXPECT_TRUE(RunSeeds({1, 1000, 2}, settings).failed) << BugName(GetParam()) << " was not caught";
}

std::string Name(const ::testing::TestParamInfo<Bug>& info) {
  std::string name(BugName(info.param));
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBug, ::testing::ValuesIn(AllBugs()), Name);

}  // namespace
}  // namespace redress::simulation
