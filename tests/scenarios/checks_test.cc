// The checks can fail: a row that no fold makes is found, so is a record that lies in the log once
// only; and a scenario whose answer is another than written does not pass.
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/projection/rocksdb/rocksdb_store.h"
#include "tests/scenarios/log_check.h"
#include "tests/scenarios/match.h"
#include "tests/scenarios/suite.h"

namespace redress::scenarios {
namespace {

using ::testing::HasSubstr;

class ChecksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = absl::StrCat(::testing::TempDir(), "/redress_checks_", ::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<Scenario> Written(const std::string& yaml) {
    const std::string file = folder_ + "/written.yaml";
    std::ofstream(file) << yaml;
    return LoadScenario(file);
  }

  static constexpr char kSubmit[] =
      "shows: a test\n"
      "steps:\n"
      "  - call: ComplaintService/SubmitComplaint\n"
      "    request: {text: The courier is late., region: gb}\n";
  std::string folder_;
};

TEST_F(ChecksTest, ARowThatNoFoldMakesIsFound) {
  const auto scenario = Written(kSubmit);
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  Suite suite(folder_, {"Plain"}, std::nullopt);
  ASSERT_TRUE(suite.Open().ok());
  ASSERT_TRUE(Play(*scenario, suite).ok());
  suite.Close();
  std::string current;
  std::ifstream(folder_ + "/first/router/CURRENT") >> current;
  auto store =
      OpenRocksDbStore({folder_ + "/first/router/" + current, std::make_shared<StoreResources>()});
  ASSERT_TRUE(store.ok()) << store.status();
  RowBatch batch;
  batch.Put("Zrow", "of nobody");
  ASSERT_TRUE((*store)->Write(batch).ok());
  store->reset();
  EXPECT_THAT(std::string(suite.Check().message()), HasSubstr("router: row Zrow is there"));
}

TEST_F(ChecksTest, ARecordThatLiesThereOnceIsFound) {
  const auto scenario = Written(kSubmit);
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  {
    Suite once(folder_, {"Plain"}, std::nullopt);
    ASSERT_TRUE(once.Open().ok());
    ASSERT_TRUE(Play(*scenario, once).ok());
  }
  Suite twice(folder_, {"EveryRecordTwice", {.twice = true}}, std::nullopt);
  EXPECT_THAT(std::string(twice.Check().message()), HasSubstr("lies there 1 times"));
}

TEST_F(ChecksTest, AnAnswerOtherThanWrittenFailsTheStep) {
  const auto scenario = Written(std::string(kSubmit) + "    answer: {replayed: true}\n");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  Suite suite(folder_, {"Plain"}, std::nullopt);
  ASSERT_TRUE(suite.Open().ok());
  EXPECT_THAT(
      std::string(Play(*scenario, suite).message()),
      HasSubstr(
          "step 1, ComplaintService/SubmitComplaint: FAILED_PRECONDITION: replayed is false"));
}

TEST_F(ChecksTest, AScenarioWithAKeyThatNobodyKnowsIsRefused) {
  EXPECT_THAT(std::string(Written(std::string(kSubmit) + "    expects: {}\n").status().message()),
              HasSubstr("step 1 (line 3): no such key: expects"));
  EXPECT_THAT(std::string(Written("shows: x\nsteps: [{advance: 1h}]\n").status().message()),
              HasSubstr("only with `clock`"));
}

TEST(Match, RulesMatchWhatTheySay) {
  const YAML::Node answer =
      YAML::Load("{a: 1, list: [{x: p}, {x: q}, {x: q}], none: \"\", text: some words}");
  const auto matches = [&](const char* expected) {
    return !Mismatch(YAML::Load(expected), answer, {});
  };
  EXPECT_TRUE(matches("{a: 1, none: $none, list: $any, missing: $none}"));
  EXPECT_TRUE(matches("{list: {$has: [{x: q}]}, text: {$matches: 'me w'}, a: {$not: 2}}"));
  EXPECT_TRUE(matches("{list: {$count: 2, of: {x: q}}}"));
  EXPECT_FALSE(matches("{a: 2}"));
  EXPECT_FALSE(matches("{a: {$not: 1}}"));
  EXPECT_FALSE(matches("{missing: $any}"));
  EXPECT_FALSE(matches("{list: [{x: p}]}"));
  EXPECT_FALSE(matches("{list: {$has: [{x: r}]}}"));
  EXPECT_FALSE(matches("{list: {$count: 1, of: {x: q}}}"));
  EXPECT_FALSE(matches("{text: {$matches: '^words'}}"));
  EXPECT_EQ(ScalarAt(answer, "list.1.x"), "q");
  EXPECT_EQ(ScalarAt(answer, "list.7.x"), std::nullopt);
}

}  // namespace
}  // namespace redress::scenarios
