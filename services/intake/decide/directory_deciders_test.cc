// Commands on teams, agents and policy versions.
#include "services/intake/decide/directory_deciders.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/domain/payloads.h"
#include "libs/testing/given.h"

namespace redress::intake {
namespace {

using event::v1::CommandRefused;
using testing::GivenEntity;

constexpr int64_t kNowUs = 1'800'000'000'000'000;

template <typename P>
const P& As(const Decision& decision) {
  return static_cast<const P&>(*std::get<EventDraft>(decision).payload);
}

CommandRefused::Code CodeOf(const Decision& decision) { return std::get<Refusal>(decision).code; }

event::v1::AgentDeparted Departure() {
  event::v1::AgentDeparted departed;
  departed.set_at_us(kNowUs);
  return departed;
}

GivenEntity AnAgent() {
  GivenEntity agent;
  event::v1::AgentEnrolled enrolled;
  enrolled.set_code("a-1");
  agent.Has(enrolled);
  return agent;
}

TEST(DefineTeam, CountsRevisions) {
  GivenEntity team;
  EntityView fresh(team.state());
  EXPECT_EQ(As<event::v1::TeamDefined>(DecideDefineTeam(fresh, {})).revision(), 1u);
  EXPECT_EQ(fresh.reads(), PayloadOf<event::v1::TeamDefined>().reads);
  event::v1::TeamDefined defined;
  defined.set_revision(4);
  team.Has(defined);
  EntityView view(team.state());
  EXPECT_EQ(As<event::v1::TeamDefined>(DecideDefineTeam(view, {})).revision(), 5u);
}

TEST(EnrollAgent, OnceAndWithTheNameSealed) {
  event::v1::AgentEnrolled enrolled;
  enrolled.set_code("a-1");
  personal::v1::AgentEnrolledPersonal who;
  who.set_name("Imogen Hartley");
  const Decision decision = DecideEnrollAgent(false, enrolled, who);
  EXPECT_EQ(std::get<EventDraft>(decision).payload->SerializeAsString().find("Imogen"),
            std::string::npos);
  EXPECT_NE(std::get<EventDraft>(decision).personal.find("Imogen"), std::string::npos);
  EXPECT_EQ(CodeOf(DecideEnrollAgent(true, enrolled, who)), CommandRefused::EXISTS);
}

TEST(Agents, WhoDepartedIsChangedNoMore) {
  GivenEntity gone = AnAgent();
  gone.Has(Departure());
  EntityView view(gone.state());
  EXPECT_EQ(CodeOf(DecideMoveAgent(view, {})), CommandRefused::PRECONDITION);
  EXPECT_EQ(CodeOf(DecideSetSkills(view, true, {})), CommandRefused::PRECONDITION);
  EXPECT_EQ(CodeOf(DecideSetCapacity(view, true, {})), CommandRefused::PRECONDITION);
  EXPECT_EQ(CodeOf(DecideSetPresence(true, {}, kNowUs)), CommandRefused::PRECONDITION);
  EXPECT_EQ(CodeOf(DecideDepartAgent(view, {}, kNowUs)), CommandRefused::PRECONDITION);
}

TEST(Agents, MovingAndDepartingReadTheDefinitionSoThatOneOfThemLoses) {
  const GivenEntity agent = AnAgent();
  EntityView moving(agent.state());
  As<event::v1::AgentMoved>(DecideMoveAgent(moving, {}));
  EXPECT_EQ(moving.reads(), PayloadOf<event::v1::AgentMoved>().reads);
  EntityView departing(agent.state());
  EXPECT_EQ(As<event::v1::AgentDeparted>(DecideDepartAgent(departing, {}, kNowUs)).at_us(), kNowUs);
  EXPECT_EQ(departing.reads(), PayloadOf<event::v1::AgentDeparted>().reads);
}

TEST(Agents, SkillsAndCapacityAreCountedEachForItself) {
  GivenEntity agent = AnAgent();
  event::v1::AgentSkillsSet skills;
  skills.set_revision(3);
  agent.Has(skills);
  EntityView view(agent.state());
  EXPECT_EQ(As<event::v1::AgentSkillsSet>(DecideSetSkills(view, false, {})).revision(), 4u);
  EXPECT_EQ(view.reads(), PayloadOf<event::v1::AgentSkillsSet>().reads);
  EntityView other(agent.state());
  EXPECT_EQ(As<event::v1::AgentCapacitySet>(DecideSetCapacity(other, false, {})).revision(), 1u);
  EXPECT_EQ(other.reads(), PayloadOf<event::v1::AgentCapacitySet>().reads);
}

TEST(Agents, PresenceHoldsFromNow) {
  event::v1::PresenceChanged presence;
  presence.set_state(event::v1::PresenceChanged::AWAY);
  EXPECT_EQ(As<event::v1::PresenceChanged>(DecideSetPresence(false, presence, kNowUs)).from_us(),
            kNowUs);
}

TEST(Policy, IsPublishedOnceUnderItsHashAndActivatedFromNow) {
  EXPECT_EQ(CodeOf(DecidePublishPart(true, {})), CommandRefused::EXISTS);
  EXPECT_EQ(CodeOf(DecidePublishPolicy(true, {})), CommandRefused::EXISTS);
  As<event::v1::PolicyPartPublished>(DecidePublishPart(false, {}));
  As<event::v1::PolicyPublished>(DecidePublishPolicy(false, {}));
  const GivenEntity scope;
  EntityView view(scope.state());
  EXPECT_EQ(
      As<event::v1::PolicyActivated>(DecideActivatePolicy(view, {}, kNowUs)).effective_from_us(),
      kNowUs);
  EXPECT_FALSE(view.reads().empty()) << "of two activations one is decided on the other";
}

}  // namespace
}  // namespace redress::intake
