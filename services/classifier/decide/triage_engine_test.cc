#include "services/classifier/decide/triage_engine.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/classifier/decide/category_choice.h"
#include "services/classifier/decide/triage_engines.h"
#include "services/classifier/testing/small_policy.h"

namespace redress::classifier {
namespace {

std::shared_ptr<const TriageEngine> Engine() { return *TriageEngine::Build(SmallPolicy()); }

std::string Path(const TriageEngine& engine, std::string_view words, size_t subject_size = 0) {
  const auto choice = ChooseCategory(engine, engine.Find(words), subject_size);
  return choice ? engine.policy().categories()[choice->cause].path : "nothing";
}

TEST(TriageEngine, FindsKeywordsAndPatternsOfBothLanguages) {
  const auto engine = Engine();
  const auto found = engine->Find("Lost! I waited 3 days, then waited 12 days. 快递丢了");
  std::vector<std::string> names;
  for (const Finding& finding : found) {
    if (finding.subject != Subject::kCategory) continue;
    names.push_back(engine->policy().categories()[finding.index].path + " x" +
                    std::to_string(finding.count));
  }
  EXPECT_THAT(
      names, ::testing::UnorderedElementsAre("logistics x1", "logistics/delay/lost x1",
                                             "logistics/delay/lost x1", "logistics/delay/late x2"));
}

TEST(TriageEngine, FindsThePolicysOwnEntities) {
  const auto engine = Engine();
  const auto found =
      engine->Entities("serial: AB12345678, mail a@example.com, serial 13812345678", false);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].kind, "serial_number");
  EXPECT_EQ(found[0].value, "AB12345678");
  EXPECT_EQ(found[1].kind, kMail);
  EXPECT_EQ(found[2].kind, kPhone) << "of two equally long ones the first found stays";
}

TEST(ChooseCategory, AllThreeLevelsAtOnce) {  // F4.1-F4.6
  const auto engine = Engine();
  EXPECT_EQ(Path(*engine, "the phone broke"), "product/quality/broken");
  EXPECT_EQ(Path(*engine, "手机坏了"), "product/quality/broken");
  EXPECT_EQ(Path(*engine, "my parcel is late"), "logistics/delay/late");
  EXPECT_EQ(Path(*engine, "it stopped. Working hours?"), "nothing")
      << "joined terms stand in one sentence";
}

TEST(ChooseCategory, EvidenceOfTheLevelsAboveCounts) {
  const auto engine = Engine();
  // "late" 10 + delivery 5 + courier 2 beats "counterfeit" 10.
  EXPECT_EQ(Path(*engine, "the courier made a late delivery of a counterfeit"),
            "logistics/delay/late");
}

TEST(ChooseCategory, MissingLevelsAreTheDefaults) {
  const auto engine = Engine();
  EXPECT_EQ(Path(*engine, "a defect"), "product/quality/broken") << "type only: its default cause";
  EXPECT_EQ(Path(*engine, "product product product"), "nothing")
      << "4 points are below the least score";
  const auto lower = *TriageEngine::Build(SmallPolicy("min_score: 5", "min_score: 2"));
  EXPECT_EQ(Path(*lower, "a product"), "product/quality/broken")
      << "department only: its default type";
  EXPECT_EQ(Path(*lower, "courier"), "logistics/delay/late");
}

TEST(ChooseCategory, HitsAreCappedAndTheSubjectCountsTwice) {
  const auto engine = Engine();
  EXPECT_EQ(Path(*engine, "late late late late late. It was counterfeit, a counterfeit"),
            "logistics/delay/late")
      << "two hits each: the default of its type wins the tie";
  EXPECT_EQ(Path(*engine, "late late, and a counterfeit on fire, counterfeit, on fire, fire"),
            "logistics/delay/late");
  EXPECT_EQ(Path(*engine, "broken thing\n\ncounterfeit", 12), "product/quality/broken");
  EXPECT_EQ(Path(*engine, "counterfeit\n\nbroken thing", 11), "product/quality/fake");
}

TEST(ChooseCategory, SaysHowSureItIs) {
  const auto engine = Engine();
  const auto choose = [&](std::string_view words) {
    return *ChooseCategory(*engine, engine->Find(words), 0);
  };
  const CategoryChoice sure = choose("it was counterfeit");
  EXPECT_EQ(sure.abstained_at, 0u);
  EXPECT_EQ(sure.margin_permille, 1000);
  EXPECT_FALSE(sure.runner_up.has_value());
  EXPECT_THAT(sure.level_permille, ::testing::ElementsAre(1000, 1000, 1000));

  const CategoryChoice departments = choose("a counterfeit came late");
  EXPECT_EQ(departments.abstained_at, 1u) << "two departments with the same score";
  EXPECT_EQ(departments.margin_permille, 0);
  EXPECT_EQ(departments.level_permille[0], 500);
  EXPECT_EQ(departments.departments.size(), 2u);

  const CategoryChoice causes = choose("a defect: it was on fire and it broke");
  EXPECT_EQ(causes.abstained_at, 3u) << "two causes of one type are too close";
  EXPECT_EQ(engine->policy().categories()[*causes.runner_up].path, "product/quality/fire");
}

TEST(CauseOfPath, FillsMissingLevelsByDefault) {
  const auto engine = Engine();
  const auto path = [&](std::string_view declared) {
    const auto cause = CauseOfPath(*engine, declared);
    return cause ? engine->policy().categories()[*cause].path : "nothing";
  };
  EXPECT_EQ(path("logistics/delay/lost"), "logistics/delay/lost");
  EXPECT_EQ(path("logistics/delay"), "logistics/delay/late");
  EXPECT_EQ(path("product"), "product/quality/broken");
  EXPECT_EQ(path("product/delay"), "nothing");
  EXPECT_EQ(path(""), "nothing");
}

TEST(TriageEngines, AreBuiltOncePerPolicyVersion) {
  TriageEngines engines;
  const auto policy = SmallPolicy();
  const auto first = *engines.For(policy);
  EXPECT_EQ(*engines.For(policy), first);
  EXPECT_EQ(*engines.For(SmallPolicy()), first) << "the same content is the same version";
  EXPECT_NE(*engines.For(SmallPolicy("base_percent: 20", "base_percent: 21")), first);
  EXPECT_EQ(*engines.For(policy), first);
}

}  // namespace
}  // namespace redress::classifier
