// Loading, checking and publishing policies.
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "libs/base/hash.h"
#include "libs/policy/compiled_policy.h"
#include "libs/policy/manifest.h"
#include "libs/policy/policy_check.h"
#include "libs/policy/policy_doubts.h"
#include "libs/policy/policy_shape.h"
#include "libs/policy/policy_yaml.h"

namespace redress {
namespace {

using event::v1::ClockSpec;
using event::v1::Trigger;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string DefaultYaml() {
  const char* source = std::getenv("REDRESS_SOURCE_DIR");
  std::ifstream file(absl::StrCat(source == nullptr ? "." : source, "/deploy/policy/default.yaml"));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

const policy::v1::Policy& DefaultPolicy() {
  static const auto& policy = *new auto(LoadPolicyYaml(DefaultYaml(), "default.yaml"));
  EXPECT_TRUE(policy.ok()) << policy.status().message();
  return policy.ok() ? *policy : policy::v1::Policy::default_instance();
}

const CompiledPolicy& Compiled() {
  static const auto& compiled = *new auto(CompiledPolicy::Compile(DefaultPolicy()));
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return **compiled;
}

// The first line of the text that holds `needle`, from 1.
int LineOf(const std::string& text, std::string_view needle) {
  const size_t at = text.find(needle);
  EXPECT_NE(at, std::string::npos) << needle;
  return static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n')) + 1;
}

// The default policy with one place changed, and what the loader says of it.
struct Broken {
  Broken(std::string_view old_text, std::string_view new_text) : yaml(DefaultYaml()) {
    const size_t at = yaml.find(old_text);
    EXPECT_NE(at, std::string::npos) << old_text;
    line = LineOf(yaml, old_text);
    yaml.replace(at, old_text.size(), new_text);
    policy::v1::Policy policy;
    problems = ParsePolicyYaml(yaml, &policy);
  }
  std::string yaml;
  int line = 0;
  std::vector<PolicyProblem> problems;
};

MATCHER_P3(Says, line, path, what, "") {
  *result_listener << arg.line << ": " << arg.path << ": " << arg.message;
  return arg.line == line && arg.path == path && arg.message.find(what) != std::string::npos;
}

TEST(DefaultPolicy, IsWithoutErrorAndHasTheSizeThatIsAsked) {
  const policy::v1::Policy policy = DefaultPolicy();
  int types = 0, causes = 0;
  for (const auto& department : policy.taxonomy().departments()) {
    types += department.types_size();
    for (const auto& type : department.types()) causes += type.causes_size();
  }
  EXPECT_GE(policy.taxonomy().departments_size(), 8);
  EXPECT_GE(types, 30);
  EXPECT_GE(causes, 100);
  EXPECT_GE(policy.teams().teams_size(), 12);
  EXPECT_GE(policy.teams().agents_size(), 40);
  std::set<std::string> calendars;
  for (const auto& calendar : policy.calendars()) calendars.insert(calendar.code());
  for (const char* code : {"cn", "gb", "us"}) EXPECT_TRUE(calendars.contains(code)) << code;
}

TEST(DefaultPolicy, EveryCauseIsRecognisedInBothLanguages) {
  for (const PolicyCategory& category : Compiled().categories()) {
    if (category.cause == nullptr || category.path == "other/general/unclassified") continue;
    EXPECT_GE(category.cause->keywords().zh_size(), 2) << category.path;
    EXPECT_GE(category.cause->keywords().en_size(), 2) << category.path;
  }
}

TEST(PolicyYaml, UnknownKeyIsNamedWithItsLineAndTheKeyThatWasMeant) {
  const Broken broken("default_region: cn", "defualt_region: cn");
  EXPECT_THAT(broken.problems, Contains(Says(broken.line, "sla.defualt_region",
                                             "did you mean \"default_region\"?")));
  EXPECT_THAT(
      FormatProblems(broken.problems, "p.yaml"),
      HasSubstr(absl::StrCat("p.yaml:", broken.line, ":3: sla.defualt_region: unknown key")));
}

TEST(PolicyYaml, WrongTypesUnknownValuesAndBadNumbersAreNamed) {
  EXPECT_THAT(Broken("threshold_percent: 80", "threshold_percent: most").problems,
              ElementsAre(Says(LineOf(DefaultYaml(), "threshold_percent: 80"),
                               "escalation.threshold_percent", "no whole number")));
  const Broken range("threshold_percent: 80", "threshold_percent: 180");
  EXPECT_THAT(range.problems,
              ElementsAre(Says(range.line, "escalation.threshold_percent", "use 1 to 100")));
  const Broken kind("kind: level_resolution", "kind: level_resolutoin");
  EXPECT_THAT(kind.problems,
              ElementsAre(Says(kind.line, "sla.rules[6].clocks[1].kind", "\"level_resolution\"")));
  const Broken span("target: 24h", "target: 24 hours");
  EXPECT_THAT(span.problems,
              ElementsAre(Says(span.line, "sla.rules[4].clocks[0].target", "no length of time")));
  const Broken boolean("independent: true", "independent: yes");
  ASSERT_THAT(boolean.problems, SizeIs(1));
  EXPECT_THAT(boolean.problems[0].message, HasSubstr("neither true nor false"));
  const Broken list("starts_on: received", "starts_on: [received]");
  ASSERT_THAT(list.problems, SizeIs(1));
  EXPECT_THAT(list.problems[0].message, HasSubstr("is a list"));
}

TEST(PolicyYaml, MissingPartIsNamed) {
  std::string yaml = DefaultYaml();
  yaml.resize(yaml.find("\nescalation:"));
  policy::v1::Policy policy;
  EXPECT_THAT(ParsePolicyYaml(yaml, &policy),
              ElementsAre(Says(LineOf(yaml, "name:"), "escalation", "is missing")));
}

TEST(PolicyYaml, AllErrorsAreCollectedUpToABound) {
  const std::string yaml = absl::StrReplaceAll(DefaultYaml(), {{"severity: 3", "severity: 9"}});
  policy::v1::Policy policy;
  const std::vector<PolicyProblem> problems = ParsePolicyYaml(yaml, &policy);
  EXPECT_THAT(problems, SizeIs(kMaxProblems));
  EXPECT_LT(problems.front().line, problems.back().line);
  EXPECT_THAT(FormatProblems(problems, "p.yaml"), HasSubstr("There may be more"));
}

TEST(PolicyYaml, WhatIsNoPolicyIsRefusedWithoutACrash) {
  policy::v1::Policy policy;
  EXPECT_THAT(ParsePolicyYaml("", &policy), SizeIs(1));
  EXPECT_THAT(ParsePolicyYaml("just a word", &policy), SizeIs(1));
  EXPECT_THAT(ParsePolicyYaml("a: [1, 2", &policy), SizeIs(1));
  EXPECT_THAT(ParsePolicyYaml("a: 1\n---\nb: 2\n", &policy), SizeIs(1));
  EXPECT_THAT(ParsePolicyYaml(std::string(100'000, '['), &policy), SizeIs(1));
  EXPECT_THAT(ParsePolicyYaml(std::string(kMaxPolicyYamlBytes + 1, ' '), &policy), SizeIs(1));
  EXPECT_THAT(ParsePolicyYaml("{? [a] : b}", &policy), Contains(Says(1, "", "no plain word")));
  EXPECT_FALSE(LoadPolicyYaml("name: \"\xff\"", "p.yaml").ok());
  const auto broken = LoadPolicyYaml("name: x\n  bad: [", "p.yaml");
  EXPECT_THAT(std::string(broken.status().message()), HasSubstr("p.yaml:2:"));
}

TEST(PolicyYaml, AliasesCannotBlowUp) {
  std::string list = "triage: {initial_level: [{name: x, level: 2, when: &c0 {levels: [1]}}";
  for (int i = 1; i < 19; ++i) {
    absl::StrAppend(&list, ", {name: x", i, ", level: 2, when: &c", i, " {any_of: [");
    for (int k = 0; k < 10; ++k) absl::StrAppend(&list, k == 0 ? "" : ", ", "*c", i - 1);
    absl::StrAppend(&list, "]}}");
  }
  policy::v1::Policy policy;
  EXPECT_THAT(ParsePolicyYaml(list + "]}", &policy),
              Contains(testing::Field(&PolicyProblem::message, HasSubstr("use fewer aliases"))));
}

TEST(PolicyYaml, ScalarSpellings) {
  EXPECT_EQ(ParseSpan("24h")->ms(), 86'400'000);
  EXPECT_EQ(ParseSpan("1h30m")->ms(), 5'400'000);
  EXPECT_EQ(ParseSpan("5 working days")->working_days(), 5u);
  for (const char* bad :
       {"", "24", "h", "30m1h", "0h", "5 days", "-1h", "1.5h", "999999999d", "5 working weeks"}) {
    EXPECT_FALSE(ParseSpan(bad).ok()) << bad;
  }
  EXPECT_EQ(ParseAmount("5000 CNY")->minor(), 500'000);
  EXPECT_EQ(ParseAmount("99.5 GBP")->minor(), 9950);
  EXPECT_EQ(ParseAmount("300 JPY")->minor(), 300);
  for (const char* bad :
       {"", "5000", "5000 cny", "1.234 GBP", "1.5 JPY", ".5 GBP", "5. GBP", "-5 GBP", "5 GBPX"}) {
    EXPECT_FALSE(ParseAmount(bad).ok()) << bad;
  }
  EXPECT_EQ(ParseWindow("22:00-06:00")->end_minute(), 360u);
  EXPECT_EQ(ParseWindow("00:00-24:00")->end_minute(), 1440u);
  for (const char* bad :
       {"", "9-12", "09:00", "09:00-09:00", "09:60-10:00", "24:00-09:00", "09:00-10:00-11:00"}) {
    EXPECT_FALSE(ParseWindow(bad).ok()) << bad;
  }
  EXPECT_EQ(FormatDate(*ParseDate("2026-02-28")), "2026-02-28");
  EXPECT_FALSE(ParseDate("2026-02-29").has_value());
  EXPECT_FALSE(ParseDate("26-02-01").has_value());
  EXPECT_EQ(ParseKeyword("爆炸^30")->weight(), 30u);
  EXPECT_FALSE(ParseKeyword("爆炸^0").ok());
}

TEST(CheckPolicy, ReferencesMustExistAndCodesBeUnique) {
  const Broken team("- {level: 2, team: support_products}", "- {level: 2, team: nobody}");
  EXPECT_THAT(team.problems,
              Contains(Says(team.line, "routing.default_teams[3].team", "no team \"nobody\"")));
  const Broken category("categories: [account/privacy]}\n      team",
                        "categories: [account/secrecy]}\n      team");
  EXPECT_THAT(category.problems, Contains(Says(category.line, "routing.rules[2].when.categories[0]",
                                               "no category \"account/secrecy\"")));
  const Broken twice("- code: dead_on_arrival", "- code: broke_early");
  EXPECT_THAT(twice.problems,
              Contains(testing::Field(&PolicyProblem::message, HasSubstr("stands here twice"))));
  const Broken manager("line_manager: a101", "line_manager: a999");
  EXPECT_THAT(manager.problems,
              ElementsAre(Says(manager.line, "teams.agents[1].line_manager", "no agent \"a999\"")));
  const Broken level("- {level: 4, team: executive}", "- {level: 4, team: front_cn}");
  EXPECT_THAT(level.problems, Contains(Says(level.line, "routing.default_teams[8].team",
                                            "does not serve level 4")));
}

TEST(CheckPolicy, S16CalendarWithoutWorkingTimeIsRefused) {
  const Broken broken("- {first: 2026-01-01, last: 2026-01-03, name: {zh: 元旦, en: New Year}}",
                      "- {first: 2026-01-01, last: 2027-12-31}");
  EXPECT_THAT(broken.problems, IsEmpty()) << "make-up days still work";
  policy::v1::Policy policy = DefaultPolicy();
  policy.mutable_calendars(0)->clear_extra_working_days();
  policy.mutable_calendars(0)->mutable_holidays(0)->set_last(policy.calendars(0).valid_to());
  EXPECT_THAT(CheckPolicy(policy), ElementsAre(Says(0, "calendars[0]", "no working time")));
}

TEST(CheckPolicy, CalendarsWindowsAndZonesAreChecked) {
  const Broken zone("Asia/Shanghai", "Asia/Shangai");
  ASSERT_THAT(zone.problems, SizeIs(1));
  EXPECT_EQ(zone.problems[0].path, "calendars[0]");
  const Broken overlap("[\"09:00-12:00\", \"13:00-18:00\"]", "[\"09:00-13:30\", \"13:00-18:00\"]");
  EXPECT_THAT(overlap.problems, SizeIs(1));
  const Broken days("days: [mon, tue, wed, thu, fri], windows: [\"09:00-12:00\"",
                    "days: [mon, mon], windows: [\"09:00-12:00\"");
  EXPECT_THAT(days.problems,
              Contains(testing::Field(&PolicyProblem::message, HasSubstr("stands here twice"))));
}

TEST(CheckPolicy, PatternsMustCompile) {
  const Broken broken("'\\bINV[-_]?\\d{4,14}\\b'", "'\\bINV[-_?\\d{4,14}\\b'");
  EXPECT_THAT(broken.problems,
              ElementsAre(Says(broken.line, "triage.entities[2].patterns[0]", "RE2 cannot read")));
}

TEST(CheckPolicy, EveryLevelNeedsAResolutionClockATeamAndADefault) {
  policy::v1::Policy policy = DefaultPolicy();
  for (auto& rule : *policy.mutable_sla()->mutable_rules()) {
    if (rule.name() == "level_3") rule.mutable_when()->add_regions("gb");
  }
  EXPECT_THAT(CheckPolicy(policy), ElementsAre(Says(0, "sla.rules", "level 3")));
  policy = DefaultPolicy();
  policy.mutable_routing()->mutable_default_teams()->RemoveLast();
  EXPECT_THAT(CheckPolicy(policy), ElementsAre(Says(0, "routing.default_teams", "level 4")));
}

TEST(CheckPolicy, F10_11OfficeThatReviewsDoesNotHandle) {
  policy::v1::Policy policy = DefaultPolicy();
  auto* membership = policy.mutable_teams()->mutable_agents(0)->add_teams();
  membership->set_team("experience_office");
  membership->set_capacity_units(5);
  EXPECT_THAT(CheckPolicy(policy), ElementsAre(Says(0, "teams.agents[0].teams", "F10.11")));
}

TEST(CheckPolicy, PartsMustFitIntoARecord) {
  policy::v1::Policy policy = DefaultPolicy();
  auto* keywords = policy.mutable_taxonomy()->mutable_departments(0)->mutable_keywords();
  for (int i = 0; i < 5000; ++i)
    keywords->add_en()->set_text(absl::StrCat(std::string(190, 'x'), i));
  EXPECT_THAT(CheckPolicy(policy), ElementsAre(Says(0, "taxonomy", "fit into one record")));
}

TEST(Manifest, RoundTripKeepsEverythingButNames) {
  policy::v1::Policy policy = DefaultPolicy();
  PolicyManifest manifest = MakeManifest(policy);
  std::reverse(manifest.parts.begin(), manifest.parts.end());
  auto again = PolicyFromParts(manifest.parts);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(MakeManifest(*again).hash, MakeManifest(policy).hash);
  EXPECT_EQ(ManifestHash(manifest.parts), MakeManifest(policy).hash) << "order does not matter";
  EXPECT_THAT(CheckPolicy(*again), ElementsAre(Says(0, "name", "missing")));
  for (auto& agent : *policy.mutable_teams()->mutable_agents()) agent.clear_name();
  again->set_name(policy.name());
  std::sort(policy.mutable_calendars()->begin(), policy.mutable_calendars()->end(),
            [](const auto& a, const auto& b) { return a.code() < b.code(); });
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*again, policy));
}

TEST(Manifest, NoNameOfAPersonIsPublished) {
  const policy::v1::Policy policy = DefaultPolicy();
  const PolicyManifest manifest = MakeManifest(policy);
  for (const PolicyPart& part : manifest.parts) {
    EXPECT_EQ(part.hash, HashOf(part.content));
    for (const auto& agent : policy.teams().agents()) {
      EXPECT_EQ(part.content.find(agent.name()), std::string::npos) << agent.name();
    }
  }
}

TEST(Manifest, HashFormulaIsFixed) {
  const std::vector<PolicyPart> parts = {{"sla", "", "b", HashOf("b")},
                                         {"calendar", "cn", "a", HashOf("a")}};
  EXPECT_EQ(ManifestHash(parts), HashOf(absl::StrCat("calendar|cn|", HashOf("a").ToHex(), "\n",
                                                     "sla||", HashOf("b").ToHex(), "\n")));
}

TEST(Manifest, DamagedMissingAndDoublePartsAreRefused) {
  const std::vector<PolicyPart> good = MakeManifest(DefaultPolicy()).parts;
  std::vector<PolicyPart> parts = good;
  parts[0].content += "x";
  EXPECT_EQ(PolicyFromParts(parts).status().code(), absl::StatusCode::kDataLoss);
  parts = good;
  parts.push_back(good[0]);
  EXPECT_EQ(PolicyFromParts(parts).status().code(), absl::StatusCode::kInvalidArgument);
  parts = good;
  std::erase_if(parts, [](const PolicyPart& part) { return part.part == "sla"; });
  EXPECT_EQ(PolicyFromParts(parts).status().code(), absl::StatusCode::kDataLoss);
  parts = good;
  parts.push_back({"workflow", "", "from a later release", HashOf("from a later release")});
  EXPECT_TRUE(PolicyFromParts(parts).ok());
}

TEST(CompiledPolicy, FindsByCodeIdAndLabel) {
  const PolicyCategory* category = Compiled().FindCategory("finance/refund/refund_not_received");
  ASSERT_NE(category, nullptr);
  EXPECT_EQ(category->name->en(), "Refund not received");
  EXPECT_EQ(category->depth, 3);
  EXPECT_EQ(Compiled().FindCategory("finance/refund/nothing"), nullptr);
  EXPECT_EQ(Compiled().FindTeam(EntityIdOf("team", "front_cn")), Compiled().FindTeam("front_cn"));
  EXPECT_EQ(Compiled().FindAgent(EntityIdOf("agent", "a101"))->code(), "a101");
  EXPECT_EQ(Compiled().CategoryOfLabels("shop", {"whatever", " Refund "}),
            "finance/refund/refund_not_received");
  EXPECT_EQ(Compiled().CategoryOfLabels("shop", {"whatever"}), "");
  EXPECT_EQ(Compiled().RegionCalendar("gb")->time_zone(), "Europe/London");
  EXPECT_EQ(Compiled().RegionCalendar("mars")->code(), "cn");
}

TEST(CompiledPolicy, ConditionsAreAndOfFieldsAndOrOfValues) {
  policy::v1::Condition condition;
  PolicyFacts facts;
  EXPECT_TRUE(Compiled().Matches(condition, facts)) << "an empty condition always holds";
  condition.add_categories("product/quality_defect");
  condition.add_categories("logistics");
  facts.category = "product/quality_defect/broke_early";
  EXPECT_TRUE(Compiled().Matches(condition, facts));
  facts.category = "product/quality_defects";
  EXPECT_FALSE(Compiled().Matches(condition, facts)) << "a prefix of codes, not of letters";
  facts.category = "logistics";
  auto* amount = condition.add_amount_at_least();
  amount->set_minor(10000);
  amount->set_currency("GBP");
  EXPECT_FALSE(Compiled().Matches(condition, facts)) << "an unknown amount";
  facts.amount.emplace();
  facts.amount->set_currency("CNY");
  facts.amount->set_amount_minor(99999);
  EXPECT_FALSE(Compiled().Matches(condition, facts)) << "another currency";
  facts.amount->set_currency("GBP");
  EXPECT_TRUE(Compiled().Matches(condition, facts));
  condition.add_languages("en");
  facts.language = "en-GB";
  EXPECT_TRUE(Compiled().Matches(condition, facts));
  condition.set_safety(false);
  EXPECT_TRUE(Compiled().Matches(condition, facts));
  facts.safety = true;
  EXPECT_FALSE(Compiled().Matches(condition, facts));
  facts.safety = false;
  condition.add_any_of()->set_urgency_at_least(4);
  condition.add_any_of()->add_signals("churn");
  EXPECT_FALSE(Compiled().Matches(condition, facts));
  facts.signals = {"churn"};
  EXPECT_TRUE(Compiled().Matches(condition, facts));
  condition.add_none_of()->add_channels(event::v1::PHONE);
  EXPECT_TRUE(Compiled().Matches(condition, facts));
  facts.channel = event::v1::PHONE;
  EXPECT_FALSE(Compiled().Matches(condition, facts));
}

TEST(CompiledPolicy, FactsOfAnAssessmentNameItsSignals) {
  event::v1::Assessment assessment;
  for (const char* code : {"finance", "refund", "refund_refused"})
    assessment.add_category()->set_code(code);
  assessment.mutable_explained()->add_rules_fired("signal.churn");
  assessment.mutable_explained()->add_rules_fired("level.repeated");
  assessment.mutable_priority()->set_band(2);
  const PolicyFacts facts = FactsOf(assessment);
  EXPECT_EQ(facts.category, "finance/refund/refund_refused");
  EXPECT_THAT(facts.signals, ElementsAre("churn"));
  EXPECT_EQ(facts.band, 2u);
}

std::map<ClockSpec::Kind, PolicyClock> ClocksOf(const PolicyFacts& facts) {
  std::map<ClockSpec::Kind, PolicyClock> clocks;
  for (const PolicyClock& clock : Compiled().Clocks(facts))
    clocks.emplace(clock.clock->kind(), clock);
  return clocks;
}

constexpr int64_t kHourMs = 3'600'000;

TEST(CompiledPolicy, F9_1GoldenTwentyFourHoursForEveryComplaint) {
  PolicyFacts facts;
  facts.level = 1;
  const auto clocks = ClocksOf(facts);
  const PolicyClock& first = clocks.at(ClockSpec::FIRST_RESPONSE_CLOCK);
  EXPECT_EQ(first.target_ms, 24 * kHourMs);
  EXPECT_EQ(first.calendar, nullptr);
  EXPECT_EQ(first.rule, "golden_24_hours");
}

TEST(CompiledPolicy, F9_3to9_6TargetsOfTheLevels) {
  PolicyFacts facts;
  facts.region = "gb";
  for (const auto& [level, hours] : std::map<uint32_t, int64_t>{{1, 24}, {2, 48}, {3, 72}}) {
    facts.level = level;
    const PolicyClock clock = ClocksOf(facts).at(ClockSpec::LEVEL_RESOLUTION);
    EXPECT_EQ(clock.target_ms, hours * kHourMs) << level;
    EXPECT_EQ(clock.calendar, nullptr) << level;
    EXPECT_TRUE(clock.calendar_hash.is_none());
  }
  facts.level = 4;
  const PolicyClock clock = ClocksOf(facts).at(ClockSpec::LEVEL_RESOLUTION);
  EXPECT_EQ(clock.calendar->code(), "gb");
  EXPECT_EQ(clock.calendar_hash, Compiled().PartHash("calendar", "gb"));
  EXPECT_EQ(clock.target_ms, 5 * (8 * kHourMs + kHourMs / 2)) << "five of its working days";
}

TEST(CompiledPolicy, F9_11EscalatesAtEightyPercentOfTheLevel) {
  PolicyFacts facts;
  for (facts.level = 1; facts.level <= 4; ++facts.level) {
    const PolicyClock clock = ClocksOf(facts).at(ClockSpec::LEVEL_RESOLUTION);
    ASSERT_THAT(clock.thresholds, SizeIs(2));
    EXPECT_EQ(clock.thresholds[1].percent(), 80u);
    EXPECT_TRUE(clock.thresholds[1].escalates());
  }
}

TEST(CompiledPolicy, F9_8CauseFeedbackForProductQualityOnly) {
  PolicyFacts facts;
  facts.level = 1;
  facts.category = "product/quality_defect/broke_early";
  EXPECT_EQ(ClocksOf(facts).at(ClockSpec::CAUSE_FEEDBACK_CLOCK).target_ms, 24 * kHourMs);
  facts.category = "logistics/late_delivery/transit_delay";
  EXPECT_FALSE(ClocksOf(facts).contains(ClockSpec::CAUSE_FEEDBACK_CLOCK));
}

TEST(CompiledPolicy, F9_9FirstRuleOfAKindDecides) {
  PolicyFacts facts;
  facts.level = 1;
  facts.safety = true;
  facts.urgency = 5;
  EXPECT_EQ(ClocksOf(facts).at(ClockSpec::FIRST_RESPONSE_CLOCK).rule, "safety_first");
  facts.safety = false;
  EXPECT_EQ(ClocksOf(facts).at(ClockSpec::FIRST_RESPONSE_CLOCK).rule, "pressing");
}

TEST(CompiledPolicy, F8_8RoutesByRuleWhereTheTeamServesTheLevel) {
  PolicyFacts facts;
  facts.level = 1;
  facts.category = "logistics/late_delivery/customs_delay";
  PolicyRoute route = Compiled().Route(facts);
  EXPECT_EQ(route.team->code(), "front_logistics");
  EXPECT_THAT(route.rules_fired, ElementsAre("routing.logistics_desk", "skill.customs"));
  EXPECT_EQ(route.team_id, EntityIdOf("team", "front_logistics"));
  ASSERT_THAT(route.skills, SizeIs(2));
  EXPECT_EQ(route.skills[1].skill(), "customs");
  facts.level = 2;
  EXPECT_EQ(Compiled().Route(facts).team->code(), "logistics_experts");
  facts.level = 4;
  route = Compiled().Route(facts);
  EXPECT_EQ(route.team->code(), "executive");
  EXPECT_EQ(route.rules_fired[0], "routing.default");
  facts.region = "cn";
  facts.language = "zh-CN";
  EXPECT_EQ(Compiled().Route(facts).team->code(), "executive_cn");
}

TEST(CompiledPolicy, EveryCategoryHasATeamWithAgentsWhoHaveTheSkillsAtEveryLevel) {
  for (const PolicyCategory& category : Compiled().categories()) {
    for (const char* region : {"cn", "gb", ""}) {
      for (uint32_t level = 1; level <= 4; ++level) {
        PolicyFacts facts;
        facts.category = category.path;
        facts.region = region;
        facts.language = std::string_view(region) == "cn" ? "zh" : "en";
        facts.level = level;
        facts.safety = category.cause != nullptr && category.cause->safety();
        facts.legal_risk = category.cause != nullptr && category.cause->legal_risk();
        facts.complexity = category.base.complexity();
        const PolicyRoute route = Compiled().Route(facts);
        bool somebody = false;
        for (const auto& agent : Compiled().policy().teams().agents()) {
          bool fits = false;
          for (const auto& member : agent.teams())
            fits = fits || member.team() == route.team->code();
          for (const auto& need : route.skills) {
            bool has = need.has_drop_after();
            for (const auto& own : agent.skills()) {
              has = has || (own.skill() == need.skill() && own.proficiency() >= need.proficiency());
            }
            fits = fits && has;
          }
          somebody = somebody || fits;
        }
        EXPECT_TRUE(somebody) << category.path << " at level " << level << " in "
                              << route.team->code();
      }
    }
  }
}

TEST(CompiledPolicy, F10TriggersLeadUpTheLadder) {
  PolicyFacts facts;
  facts.level = 1;
  facts.severity = 3;
  EXPECT_EQ(Compiled().Escalate(Trigger::TIME_USED, facts).to_level, 2u);
  EXPECT_EQ(Compiled().Escalate(Trigger::ASKED_FOR_HIGHER, facts).to_level, 2u);
  EXPECT_EQ(Compiled().Escalate(Trigger::LEGAL_OR_COMPLIANCE_RISK, facts).to_level, 2u);
  facts.severity = 4;
  EXPECT_EQ(Compiled().Escalate(Trigger::LEGAL_OR_COMPLIANCE_RISK, facts).to_level, 3u)
      << "straight to level 3";
  facts.level = 4;
  EXPECT_EQ(Compiled().Escalate(Trigger::TIME_USED, facts).to_level, 0u);
  EXPECT_EQ(Compiled().Escalate(Trigger::TIME_USED, facts).rule, "escalation.no_rule");
  facts.level = 3;
  EXPECT_EQ(Compiled().Escalate(Trigger::ASKED_FOR_HIGHER, facts).to_level, 0u);
  facts.value_tier = "vip";
  EXPECT_EQ(Compiled().Escalate(Trigger::ASKED_FOR_HIGHER, facts).to_level, 4u);
}

TEST(CompiledPolicy, F7_7AnnoyanceOverALittleThingDoesNotEscalate) {
  PolicyFacts facts;
  facts.level = 1;
  facts.severity = 2;
  facts.urgency = 2;
  const PolicyEscalation declined = Compiled().Escalate(Trigger::EMOTION_THRESHOLD, facts);
  EXPECT_EQ(declined.to_level, 0u);
  EXPECT_EQ(declined.rule, "escalation.emotion_minor");
  facts.severity = 3;
  EXPECT_EQ(Compiled().Escalate(Trigger::EMOTION_THRESHOLD, facts).to_level, 2u);
}

TEST(CompiledPolicy, EscalationTeamServesItsLevelInTheComplaintsLanguage) {
  PolicyFacts facts;
  facts.region = "cn";
  facts.language = "zh";
  EXPECT_EQ(Compiled().EscalationTeam(3, facts)->code(), "relations_cn");
  facts.category = "product/safety_hazard/overheating";
  EXPECT_EQ(Compiled().EscalationTeam(3, facts)->code(), "product_safety");
  EXPECT_EQ(Compiled().EscalationTeam(2, facts), nullptr) << "the router decides";
  EXPECT_EQ(Compiled().EscalationTeam(4, facts)->code(), "executive_cn");
}

TEST(DoubtsOf, SaysWhatIsAllowedAndHardlyMeant) {
  EXPECT_THAT(DoubtsOf(DefaultPolicy()), IsEmpty());
  policy::v1::Policy policy = DefaultPolicy();
  auto* type = policy.mutable_taxonomy()->mutable_departments(0)->mutable_types(0);
  auto* cause = type->mutable_causes(0);
  if (cause->code() == type->default_cause()) cause = type->mutable_causes(1);
  cause->clear_keywords();
  auto* team = policy.mutable_teams()->add_teams();
  *team = policy.teams().teams(0);
  team->set_code("nobody_here");
  policy.mutable_routing()->mutable_rules(0)->add_skills()->set_skill("juggling");
  std::vector<std::string> messages;
  for (const PolicyProblem& doubt : DoubtsOf(policy)) messages.push_back(doubt.message);
  EXPECT_THAT(messages, ElementsAre(HasSubstr(cause->code()), HasSubstr("nobody_here"),
                                    HasSubstr("juggling")));
}

TEST(DoubtsOf, StandWithTheirLinesInTheYaml) {
  const std::string yaml = absl::StrReplaceAll(
      DefaultYaml(),
      {{"\nteams:\n  skills:\n",
        "\nteams:\n  skills:\n    - {code: juggling, name: {zh: 杂耍, en: Juggling}}\n"},
       {"skills: [{skill: privacy, proficiency: 4}]",
        "skills: [{skill: juggling, proficiency: 4}]"}});
  policy::v1::Policy policy;
  std::vector<PolicyProblem> doubts;
  ASSERT_THAT(ParsePolicyYaml(yaml, &policy, &doubts), IsEmpty());
  ASSERT_THAT(doubts, Not(IsEmpty()));
  EXPECT_THAT(doubts[0].message, HasSubstr("juggling"));
  EXPECT_GT(doubts[0].line, 2500);
}

TEST(CompiledPolicy, IncompletePolicyIsRefused) {
  EXPECT_EQ(CompiledPolicy::Compile({}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace redress
