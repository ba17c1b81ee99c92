// Every scenario in every variant, the whole suite in this process. Then the log is read once more
// and every projection is compared with a fold from zero.
#include "tests/scenarios/scenario.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/scenarios/suite.h"

namespace redress::scenarios {
namespace {

using Restart = SuiteVariant::Restart;

const std::vector<SuiteVariant>& Variants() {
  static const auto& variants = *new std::vector<SuiteVariant>{
      {"Plain", {}, Restart::kNever},
      {"EveryRecordTwice", {.twice = true}, Restart::kNever},
      {"ReadersStartEarlier", {.earlier = 5}, Restart::kOnceInTheMiddle},
      {"RestartAfterEveryStep", {}, Restart::kAfterEveryStep},
      {"PoisonOnEveryTopic", {.poisoned = true}, Restart::kOnceInTheMiddle},
  };
  return variants;
}

class ScenarioTest : public ::testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(ScenarioTest, EndsAsWritten) {
  const auto scenario = LoadScenario(std::get<0>(GetParam()));
  ASSERT_TRUE(scenario.ok()) << scenario.status().message();
  const SuiteVariant& variant = Variants()[static_cast<size_t>(std::get<1>(GetParam()))];
  const std::string folder =
      ::testing::TempDir() + "/redress_scenario_" + std::to_string(::getpid());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  {
    Suite suite(folder, variant, scenario->clock);
    const absl::Status opened = suite.Open();
    ASSERT_TRUE(opened.ok()) << opened;
    const absl::Status played = Play(*scenario, suite);
    EXPECT_TRUE(played.ok()) << played.message();
    suite.Close();
    const absl::Status checked = suite.Check();
    EXPECT_TRUE(checked.ok()) << scenario->name << ": " << checked.message();
  }
  std::filesystem::remove_all(folder);
}

std::string NameOf(const ::testing::TestParamInfo<std::tuple<std::string, int>>& info) {
  const std::string file = std::filesystem::path(std::get<0>(info.param)).stem().string();
  const SuiteVariant& variant = Variants()[static_cast<size_t>(std::get<1>(info.param))];
  return absl::StrReplaceAll(file, {{"-", "_"}}) + "_" + variant.name;
}

INSTANTIATE_TEST_SUITE_P(Suite, ScenarioTest,
                         ::testing::Combine(::testing::ValuesIn(ScenarioFiles()),
                                            ::testing::Range(0, 5)),
                         NameOf);

}  // namespace
}  // namespace redress::scenarios
