#include "services/classifier/decide/assess.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/utf8.h"
#include "services/classifier/testing/small_policy.h"

namespace redress::classifier {
namespace {

using event::v1::Assessment;
using event::v1::Trigger;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const TriageEngine& Engine() {
  static const auto engine = *TriageEngine::Build(SmallPolicy());
  return *engine;
}

AssessInput Input(std::string_view text) {
  AssessInput input;
  input.assessment_id = std::string(16, 'a');
  input.text = text;
  return input;
}
AssessmentResult Of(std::string_view text) { return Assess(Input(text), Engine()); }

std::string Path(const Assessment& assessment) {
  std::vector<std::string> codes;
  for (const auto& level : assessment.category()) codes.push_back(level.code());
  return absl::StrJoin(codes, "/");
}
std::vector<std::string> Rules(const AssessmentResult& result) {
  const auto& rules = result.assessment.explained().rules_fired();
  return {rules.begin(), rules.end()};
}
int64_t Weight(const AssessmentResult& result, std::string_view name) {
  for (const auto& weight : result.assessment.explained().weights()) {
    if (weight.name() == name) return weight.weight();
  }
  return -1;
}

TEST(Assess, TextShowsTheCategory) {  // F4.5
  const auto result = Of("The phone broke. It is the quality.");
  EXPECT_EQ(Path(result.assessment), "product/quality/broken");
  EXPECT_EQ(result.assessment.basis(), Assessment::RULES);
  EXPECT_EQ(result.assessment.department_recommended(), "product");  // F4.9
  EXPECT_THAT(result.assessment.departments(), ElementsAre("product", "logistics"))
      << "with those that it involves";
  EXPECT_EQ(result.assessment.language(), "en");
  EXPECT_EQ(Path(Of("手机坏了，质量太差").assessment), "product/quality/broken");
  EXPECT_EQ(Of("手机坏了，质量太差").assessment.language(), "zh");
}

TEST(Assess, NoEvidenceIsUnclassified) {
  for (const std::string_view text : {"", "   ", "hello", "你好", "😡😡", "XXXX XX/XX/XXXX"}) {
    const auto result = Of(text);
    EXPECT_EQ(result.assessment.basis(), Assessment::UNCLASSIFIED) << text;
    EXPECT_EQ(Path(result.assessment), "other/general/unclassified") << text;
    EXPECT_EQ(result.assessment.abstained_at(), 1u) << text;
    EXPECT_EQ(result.assessment.category(0).permille(), 0) << text;
    EXPECT_EQ(result.assessment.level(), 1u) << text;
  }
}

TEST(Assess, DeclaredCategoryHoldsWithoutText) {
  AssessInput input = Input("");
  input.declared_category = {"logistics", "delay"};
  const auto result = Assess(input, Engine());
  EXPECT_EQ(Path(result.assessment), "logistics/delay/late");
  EXPECT_EQ(result.assessment.basis(), Assessment::DECLARED);
  EXPECT_EQ(result.assessment.abstained_at(), 0u);

  input.text = "it broke";
  EXPECT_EQ(Path(Assess(input, Engine()).assessment), "product/quality/broken")
      << "the text is assessed";
  input.text = "";
  input.declared_category = {"nowhere"};
  EXPECT_EQ(Assess(input, Engine()).assessment.basis(), Assessment::UNCLASSIFIED);
}

TEST(Assess, LabelsGoThroughTheMapAndAreKept) {
  AssessInput input = Input("");
  input.labels = {"Some group", " delivery PROBLEM "};
  auto result = Assess(input, Engine());
  EXPECT_EQ(Path(result.assessment), "logistics/delay/late");
  EXPECT_EQ(result.assessment.basis(), Assessment::LABEL_MAP);
  EXPECT_THAT(result.assessment.source_codes(), ElementsAre("Some group", " delivery PROBLEM "));

  input.labels = {"Q1"};
  EXPECT_EQ(Assess(input, Engine()).assessment.basis(), Assessment::UNCLASSIFIED)
      << "a label of another source";
  input.source = "crm";
  EXPECT_EQ(Path(Assess(input, Engine()).assessment), "product/quality/broken");

  input.labels = {"never heard of"};
  result = Assess(input, Engine());
  EXPECT_EQ(Path(result.assessment), "other/general/unclassified");
  EXPECT_THAT(result.assessment.source_codes(), ElementsAre("never heard of"));
}

TEST(Assess, TextAndLabelAssessesTheTextAndKeepsTheLabel) {
  AssessInput input = Input("it broke");
  input.labels = {"Delivery problem"};
  const auto result = Assess(input, Engine());
  EXPECT_EQ(Path(result.assessment), "product/quality/broken");
  EXPECT_EQ(result.assessment.basis(), Assessment::RULES);
  EXPECT_THAT(result.assessment.source_codes(), ElementsAre("Delivery problem"));
}

TEST(Assess, AxesStartFromTheCategoryAndMoveByRules) {  // F6.1, F6.2, F4.7
  const auto plain = Of("it broke").assessment;
  EXPECT_EQ(plain.severity(), 2u);
  EXPECT_EQ(plain.urgency(), 2u);
  EXPECT_EQ(plain.impact(), 2u);
  EXPECT_EQ(plain.complexity(), 2u);
  const auto fire = Of("it was on fire").assessment;
  EXPECT_EQ(fire.severity(), 5u);
  EXPECT_EQ(fire.impact(), 4u);
  EXPECT_EQ(Of("it broke, severe").assessment.severity(), 4u);
  EXPECT_EQ(Of("坏了，严重").assessment.severity(), 4u);
  EXPECT_EQ(Of("it broke, everyone").assessment.impact(), 4u);
  EXPECT_EQ(Of("it broke, at once").assessment.urgency(), 4u);
  EXPECT_EQ(Of("it broke, at once, for weeks").assessment.urgency(), 5u)
      << "at least 4, then one more";
  EXPECT_EQ(Of("it broke, no rush").assessment.urgency(), 1u) << "never below 1";
  EXPECT_EQ(Of("was on fire, for weeks").assessment.urgency(), 5u) << "never above 5";
}

TEST(Assess, MoneyAtStakeMovesTheScore) {
  AssessInput input = Input("it broke, refund £20");
  EXPECT_EQ(Assess(input, Engine()).assessment.severity(), 2u);
  input.text = "it broke, I paid £1,000.00 and £20 more";
  const auto from_text = Assess(input, Engine());
  EXPECT_EQ(from_text.assessment.severity(), 5u);
  EXPECT_THAT(Rules(from_text), Contains("amount.large"));
  input.amount.emplace();
  input.amount->set_amount_minor(500);
  input.amount->set_currency("GBP");
  EXPECT_EQ(Assess(input, Engine()).assessment.severity(), 2u) << "what is declared counts";
  input.amount->set_amount_minor(1'000'000);
  input.amount->set_currency("CNY");
  EXPECT_EQ(Assess(input, Engine()).assessment.severity(), 5u);
  input.amount->set_currency("JPY");
  EXPECT_EQ(Assess(input, Engine()).assessment.severity(), 2u) << "no rule for that currency";
}

TEST(Assess, EmotionIndexSumsCappedGroups) {  // F5.3
  EXPECT_EQ(Of("it broke").assessment.emotion_index_percent(), 20u);
  EXPECT_EQ(Of("it broke, furious").assessment.emotion_index_percent(), 50u);
  EXPECT_EQ(Of("愤怒 愤怒 愤怒").assessment.emotion_index_percent(), 65u) << "20 + 45, the cap";
  EXPECT_EQ(Of("furious furious, thanks thanks").assessment.emotion_index_percent(), 50u)
      << "20 + 45 - 15";
  EXPECT_EQ(Of("thanks, thanks, thanks, 谢谢").assessment.emotion_index_percent(), 5u);
  EXPECT_EQ(Of("it broke!! NOW PLEASE").assessment.emotion_index_percent(), 30u)
      << "20 + 2 × 3 + 2 × 2";
  EXPECT_EQ(Of("it broke!!!!!!!!!!!!!").assessment.emotion_index_percent(), 30u)
      << "shouting adds 10 at most";
  EXPECT_EQ(Of("furious furious desperate desperate !!!!! AAA").assessment.emotion_index_percent(),
            100u);
}

TEST(Assess, PriorityIsTheWeightedSumAndItsBand) {  // F6.3, F6.4
  const auto plain = Of("it broke");
  // 2 × (90 + 80 + 60 + 30) + 20 × 40 / 20.
  EXPECT_EQ(plain.assessment.priority().score(), 560);
  EXPECT_EQ(plain.assessment.priority().ageing_per_hour(), 5);
  EXPECT_EQ(plain.assessment.priority().band(), 4u);
  EXPECT_EQ(plain.assessment.customer_value_tier(), "standard");
  const auto fire = Of("it was on fire");
  // 5 × 90 + 5 × 80 + 4 × 60 + 2 × 30 + 40 + 300.
  EXPECT_EQ(fire.assessment.priority().score(), 1490);
  EXPECT_EQ(fire.assessment.priority().band(), 1u);  // F6.5
  EXPECT_EQ(Weight(fire, "priority.safety"), 300);
}

TEST(Assess, InitialLevelIsTheFirstRuleThatHolds) {  // F7.1-F7.5, F7.7
  EXPECT_EQ(Of("it broke").assessment.level(), 1u);
  EXPECT_THAT(Rules(Of("it broke")), Contains("level.default"));
  EXPECT_EQ(Of("it was on fire, never again").assessment.level(), 4u);
  EXPECT_EQ(Of("it broke, never again").assessment.level(), 3u);
  const auto upset = Of("it broke, at once, furious furious furious!!!!!");
  EXPECT_EQ(upset.assessment.level(), 2u);
  EXPECT_THAT(Rules(upset), Contains("level.upset"));
}

TEST(Assess, ComplexTechnicalProblemsTakeTheFastLane) {  // F8.9
  const auto technical = Of("the manual of the firmware");
  EXPECT_TRUE(technical.assessment.fast_lane());
  EXPECT_EQ(technical.assessment.level(), 2u);
  EXPECT_THAT(Rules(technical), Contains("fast_lane.technical"));
  EXPECT_FALSE(Of("it broke, firmware").assessment.fast_lane());
}

TEST(Assess, SafetyIsTheCategorysOrASignal) {
  EXPECT_TRUE(Of("it was on fire").assessment.safety());
  EXPECT_TRUE(Of("it broke, smoke").assessment.safety());
  EXPECT_TRUE(Of("坏了，冒烟").assessment.safety());
  EXPECT_FALSE(Of("it broke").assessment.safety());
}

TEST(Assess, AskingForSomebodyHigherOpensTriggerOne) {  // F10.5
  for (const std::string_view text : {"it broke, get me your manager", "坏了，我要找经理"}) {
    const auto result = Of(text);
    ASSERT_EQ(result.triggers.size(), 1) << text;
    EXPECT_EQ(result.triggers[0].kind(), Trigger::ASKED_FOR_HIGHER);
    EXPECT_EQ(result.triggers[0].value(), 10);
    EXPECT_THAT(Rules(result), Contains("signal.manager"));
  }
}

TEST(Assess, LegalRiskOpensTriggerThree) {  // F10.7, F20.10
  const auto lawyer = Of("it broke, my lawyer");
  EXPECT_TRUE(lawyer.assessment.legal_risk());
  ASSERT_EQ(lawyer.triggers.size(), 1);
  EXPECT_EQ(lawyer.triggers[0].kind(), Trigger::LEGAL_OR_COMPLIANCE_RISK);
  EXPECT_EQ(lawyer.triggers[0].value(), 20);
  EXPECT_EQ(lawyer.triggers[0].threshold(), 20);
  EXPECT_FALSE(Of("it broke, I sue").assessment.legal_risk())
      << "10 is below the signal's threshold";
  EXPECT_TRUE(Of("it broke, I sue you in court").assessment.legal_risk()) << "10 + 10 reach it";
  EXPECT_FALSE(Of("it broke, sue sue sue").assessment.legal_risk()) << "each keyword counts once";
  EXPECT_EQ(Of("it is counterfeit").triggers.size(), 1) << "the category itself is a legal risk";
}

TEST(Assess, EmotionAtTheThresholdOpensTriggerFour) {  // F5.4, F10.8
  EXPECT_THAT(Of("it broke, furious furious").triggers, IsEmpty()) << "65 of 70";
  const auto result = Of("it broke, furious furious!!");
  ASSERT_EQ(result.triggers.size(), 1);
  EXPECT_EQ(result.triggers[0].kind(), Trigger::EMOTION_THRESHOLD);
  EXPECT_EQ(result.triggers[0].value(), 71);
  EXPECT_EQ(result.triggers[0].threshold(), 70);
}

TEST(Assess, DecidingAgainGivesTheSameBytes) {
  const std::string_view text =
      "It broke, your manager, lawyer, furious furious!! a@example.com £5";
  const auto one = Of(text);
  const auto two = Assess(Input(text), **TriageEngine::Build(SmallPolicy()));
  EXPECT_EQ(one.assessment.SerializeAsString(), two.assessment.SerializeAsString());
  EXPECT_EQ(one.personal.SerializeAsString(), two.personal.SerializeAsString());
  ASSERT_EQ(one.triggers.size(), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(one.triggers[i].trigger_id().size(), 16u);
    EXPECT_EQ(one.triggers[i].trigger_id(), two.triggers[i].trigger_id());
  }
  AssessInput other = Input(text);
  other.assessment_id = std::string(16, 'b');
  EXPECT_NE(Assess(other, Engine()).triggers[0].trigger_id(), one.triggers[0].trigger_id());
}

TEST(Assess, EntitiesAreCountedClearAndNamedSealed) {  // F1.10
  AssessInput input = Input("It broke. Order #AB-12345, order no. 998877, jo@example.com, £5");
  input.order_refs = {"998877"};
  const auto result = Assess(input, Engine());
  std::vector<std::string> counts;
  for (const auto& entry : result.assessment.entity_counts()) {
    counts.push_back(absl::StrCat(entry.kind(), " ", entry.count()));
  }
  EXPECT_THAT(counts, ElementsAre("amount 1", "mail 1", "order_number 2"));
  ASSERT_EQ(result.personal.entities_size(), 4);
  EXPECT_EQ(result.personal.entities(0).value(), "998877");
  EXPECT_EQ(result.personal.entities(1).value(), "AB-12345");
}

TEST(Assess, ClearPartHoldsNoWordOfTheText) {
  AssessInput input = Input(
      "It BROKE on Elm Street, furious, your manager! mail jo@example.com, £1,234.56, lawyer");
  const auto result = Assess(input, Engine());
  const std::string clear = result.assessment.ShortDebugString();
  for (const std::string_view word :
       {"BROKE", "Elm", "furious", "your manager", "jo@", "1,234", "123456", "lawyer"}) {
    EXPECT_THAT(clear, Not(::testing::HasSubstr(std::string(word))));
  }
  EXPECT_THAT(result.personal.evidence_words(),
              ElementsAre("BROKE", "furious", "your manager", "lawyer"));
}

TEST(Assess, ExplainsItself) {
  AssessInput input = Input("It broke. A manual came late, manual");
  input.channel = event::v1::CHAT;
  input.region = "cn";
  const auto result = Assess(input, Engine());
  const auto& explained = result.assessment.explained();
  EXPECT_EQ(explained.result(), "product/quality/broken");
  EXPECT_EQ(explained.runner_up(), result.assessment.runner_up());
  EXPECT_EQ(explained.margin_permille(), result.assessment.margin_permille());
  EXPECT_THAT(Rules(result), Contains("category.product/quality/broken"));
  EXPECT_EQ(Weight(result, "category.winner"), 10);
  EXPECT_EQ(Weight(result, "category.runner_up"), 10);
  EXPECT_EQ(Weight(result, "emotion.base"), 20);
  ASSERT_EQ(explained.versions_size(), 3);
  EXPECT_EQ(explained.versions(0).hash(), Engine().policy().PartHash("taxonomy").bytes());
  std::vector<std::string> inputs;
  for (const auto& entry : explained.inputs())
    inputs.push_back(absl::StrCat(entry.name(), "=", entry.value()));
  EXPECT_THAT(inputs, Contains("channel=CHAT"));
  EXPECT_THAT(inputs, Contains("region=cn"));
}

TEST(Assess, HtmlAndReferencesAreReadAsText) {
  const auto result = Of("<html><style>.late{}</style><p>It&nbsp;was on&#32;fire</p></html>");
  EXPECT_EQ(Path(result.assessment), "product/quality/fire");
}

TEST(Assess, AnyBytesAreAssessed) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  std::string large;
  while (large.size() < (64 << 10))
    large += "The courier LOST it!!! 快递丢了 13812345678 ￥99 a@b.cc 😡 <b> &amp; ";
  for (const std::string& text :
       {bytes, large, std::string(64 << 10, 'x'), std::string(64 << 10, '<'),
        std::string(64 << 10, '&'), std::string(64 << 10, '1'), std::string(64 << 10, '@'),
        std::string(64 << 10, '!'), std::string(1, '\0')}) {
    const auto result = Of(text);
    EXPECT_EQ(result.assessment.category_size(), 3);
    for (const auto& word : result.personal.evidence_words()) EXPECT_TRUE(IsUtf8(word));
    for (const auto& entity : result.personal.entities()) EXPECT_TRUE(IsUtf8(entity.text()));
    EXPECT_LE(result.assessment.ByteSizeLong(), 4096u)
        << "an explanation is bounded, whatever the text";
  }
  EXPECT_EQ(Path(Of(large).assessment), "logistics/delay/lost");
}

}  // namespace
}  // namespace redress::classifier
