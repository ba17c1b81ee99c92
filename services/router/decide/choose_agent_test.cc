#include "services/router/decide/choose_agent.h"

#include <gtest/gtest.h>

#include <deque>

#include "libs/base/hash.h"

namespace redress::router {
namespace {

policy::v1::Routing::MatchWeights Weights() {
  policy::v1::Routing::MatchWeights weights;
  weights.set_skill_permille(500);
  weights.set_load_permille(400);
  weights.set_language_permille(100);
  return weights;
}

Candidate Agent(const std::string& code, uint32_t used = 0, uint32_t capacity = 10) {
  Candidate agent;
  agent.id = EntityIdOf("agent", code);
  agent.code = code;
  agent.present = true;
  agent.capacity_units = capacity;
  agent.used_units = used;
  agent.languages = {"en"};
  return agent;
}

Candidate Skilled(Candidate agent, const std::string& skill, uint32_t proficiency) {
  event::v1::AgentSkillsSet::Skill owned;
  owned.set_skill(skill);
  owned.set_proficiency(proficiency);
  agent.skills.push_back(owned);
  return agent;
}

Demand Wanting(const std::string& skill, uint32_t proficiency, int64_t drop_after_ms = 0) {
  Demand demand;
  demand.language = "en";
  policy::v1::Routing::SkillNeed need;
  need.set_skill(skill);
  need.set_proficiency(proficiency);
  if (drop_after_ms > 0) need.mutable_drop_after()->set_ms(drop_after_ms);
  demand.skills.push_back(need);
  return demand;
}

// Keeps the team for as long as the test runs: a choice points into it.
Choice Choose(std::vector<Candidate> team, const Demand& demand,
              const policy::v1::Routing::MatchWeights& weights) {
  static std::deque<std::vector<Candidate>> teams;
  teams.push_back(std::move(team));
  return ChooseAgent(teams.back(), demand, weights);
}

TEST(ChooseAgent, F8_4_TheLessLoadedOfEqualsGetsIt) {
  const Choice choice = Choose({Agent("a", 6), Agent("b", 2)}, Demand{.language = "en"}, Weights());
  ASSERT_NE(choice.agent, nullptr);
  EXPECT_EQ(choice.agent->code, "b");
  ASSERT_NE(choice.runner_up, nullptr);
  EXPECT_EQ(choice.runner_up->code, "a");
  EXPECT_GT(choice.margin_permille, 0);
}

TEST(ChooseAgent, F8_5_TheMoreSkilledOfEquallyLoadedGetsIt) {
  const Choice choice =
      Choose({Skilled(Agent("a"), "battery", 3), Skilled(Agent("b"), "battery", 5)},
             Wanting("battery", 3), Weights());
  EXPECT_EQ(choice.agent->code, "b");
}

TEST(ChooseAgent, F8_4_NobodyIsLoadedBeyondCapacity) {
  const Choice choice = Choose({Agent("a", 10), Agent("b", 10)}, Demand{}, Weights());
  EXPECT_EQ(choice.agent, nullptr);
  EXPECT_EQ(choice.reason, "no_capacity");
}

TEST(ChooseAgent, EveryReasonForWaitingIsNamed) {
  EXPECT_EQ(Choose({}, Demand{}, Weights()).reason, "no_agents");
  Candidate away = Agent("away");
  away.present = false;
  EXPECT_EQ(Choose({away}, Demand{}, Weights()).reason, "nobody_present");
  Candidate excluded = Agent("accused");
  excluded.excluded = true;
  EXPECT_EQ(Choose({excluded}, Demand{}, Weights()).reason, "excluded");
  EXPECT_EQ(Choose({Agent("a")}, Wanting("battery", 1), Weights()).reason, "no_skill");
}

TEST(ChooseAgent, ANeedFallsAwayAfterWaitingSoThatNothingStarves) {
  Demand demand = Wanting("battery", 4, 60'000);
  const Choice early = Choose({Agent("a")}, demand, Weights());
  EXPECT_EQ(early.agent, nullptr);
  EXPECT_EQ(early.changes_in_ms, 60'000);
  demand.waited_ms = 60'000;
  EXPECT_NE(Choose({Agent("a")}, demand, Weights()).agent, nullptr);
}

TEST(ChooseAgent, AnExpiredSkillDoesNotCount) {
  Candidate agent = Skilled(Agent("a"), "battery", 5);
  agent.skills[0].set_valid_until_us(1000);
  Demand demand = Wanting("battery", 1);
  demand.now_us = 1000;
  EXPECT_EQ(Choose({agent}, demand, Weights()).reason, "no_skill");
  demand.now_us = 999;
  EXPECT_NE(Choose({agent}, demand, Weights()).agent, nullptr);
}

TEST(ChooseAgent, IsDeterministicForTwins) {
  const Choice one = Choose({Agent("b"), Agent("a")}, Demand{}, Weights());
  const Choice two = Choose({Agent("a"), Agent("b")}, Demand{}, Weights());
  EXPECT_EQ(one.agent->code, "a");
  EXPECT_EQ(two.agent->code, "a");
}

}  // namespace
}  // namespace redress::router
