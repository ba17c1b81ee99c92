// What clocks, waiting and the events of the directory do: one named test per rule of the
// catalogue.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/given.h"
#include "libs/testing/sample_payloads.h"
#include "redress/event/v1/directory.pb.h"

namespace redress::testing {
namespace {

using event::v1::Waiting;
using ::testing::ElementsAre;

TEST(ClocksSetFold, ReplacesTheWholeSetAndForgetsWhatFiredForClocksThatAreGone) {
  Given complaint;
  complaint.Has(Received()).Has(ClocksOf("set 1", {"first response", "level 1"}));
  complaint.Has(Warned("first response", 80)).Has(Warned("level 1", 80)).Has(Breached("level 1"));
  EXPECT_EQ(complaint.state().clocks().fired_size(), 3);
  complaint.Has(ClocksOf("set 2", {"level 1", "level 2"}));
  const auto& clocks = complaint.state().clocks();
  EXPECT_EQ(clocks.set_id(), Id("set 2"));
  EXPECT_EQ(clocks.sets(), 2u);
  ASSERT_EQ(clocks.clocks_size(), 2);
  EXPECT_EQ(clocks.clocks(1).clock_id(), Id("level 2"));
  ASSERT_EQ(clocks.fired_size(), 2);
  EXPECT_EQ(clocks.fired(0).clock_id(), Id("level 1"));
  EXPECT_EQ(clocks.fired(0).threshold_percent(), 80u);
  EXPECT_EQ(clocks.fired(1).threshold_percent(), 0u);
  EXPECT_EQ(clocks.changed_by(), complaint.last().event_id());
}

TEST(ClocksSetFold, MayBeEmptyAndKeepsItsBasis) {
  auto nothing = ClocksOf("set 1", {});
  auto* basis = nothing.add_basis();
  basis->set_field_id("level");
  basis->set_integer(1);
  Given complaint;
  complaint.Has(Received()).Has(nothing);
  EXPECT_EQ(complaint.state().clocks().clocks_size(), 0);
  EXPECT_EQ(complaint.state().clocks().basis(0).field_id(), "level");
  EXPECT_EQ(complaint.state().clocks().sets(), 1u) << "the work is answered all the same";
}

TEST(ClockWarnedFold, RemembersTheThresholdAndOpensItsTriggerF9_11) {
  auto warned = Warned("level 1", 80);
  *warned.add_triggers() = TriggerOf("80 percent", event::v1::Trigger::TIME_USED);
  Given complaint;
  complaint.Has(Received()).Has(ClocksOf("set 1", {"level 1"})).Has(warned);
  const auto& fired = complaint.state().clocks().fired(0);
  EXPECT_EQ(fired.threshold_percent(), 80u);
  EXPECT_EQ(fired.generation(), 1u);
  EXPECT_EQ(fired.due_at_us(), warned.due_at_us());
  EXPECT_EQ(fired.fired_at_us(), warned.fired_at_us());
  EXPECT_EQ(complaint.state().triggers().open(0).trigger().kind(), event::v1::Trigger::TIME_USED);
}

TEST(ClockWarnedFold, ATriggerOpensOnce) {
  auto warned = Warned("level 1", 80);
  *warned.add_triggers() = TriggerOf("80 percent", event::v1::Trigger::TIME_USED);
  Given complaint;
  complaint.Has(Received()).Has(warned).Has(warned);
  ASSERT_EQ(complaint.state().triggers().open_size(), 1);
  EXPECT_EQ(complaint.state().triggers().open(0).opened_by(), complaint.header(1).event_id());
}

TEST(ClockWarnedFold, ALaterGenerationTakesThePlaceOfTheEarlierOne) {
  Given complaint;
  complaint.Has(Received()).Has(ClocksOf("set 1", {"idle"}));
  for (uint32_t generation = 1; generation <= 100; ++generation)
    complaint.Has(Warned("idle", 80, generation));
  ASSERT_EQ(complaint.state().clocks().fired_size(), 1)
      << "a clock that starts again does not grow the state";
  EXPECT_EQ(complaint.state().clocks().fired(0).generation(), 100u);
}

TEST(ClockBreachedFold, IsRememberedAsTheTargetItself) {
  Given complaint;
  complaint.Has(Received()).Has(ClocksOf("set 1", {"level 1"}));
  complaint.Has(Warned("level 1", 80)).Has(Breached("level 1"));
  ASSERT_EQ(complaint.state().clocks().fired_size(), 2);
  EXPECT_EQ(complaint.state().clocks().fired(1).threshold_percent(), 0u);
}

TEST(WaitingFold, IsAnIntervalFromSinceToItsEnd) {
  auto since = WaitingFor(Waiting::ON_REGULATOR);
  since.mutable_waiting()->set_since_us(kStartUs - 10 * kMinuteUs);
  Given complaint;
  complaint.Has(Received()).Has(since).Has(WaitingOver(Waiting::ON_REGULATOR));
  const auto& interval = complaint.state().waiting().intervals(0);
  EXPECT_EQ(interval.from_us(), kStartUs - 10 * kMinuteUs);
  EXPECT_EQ(interval.to_us(), complaint.last().occurred_at_us());
  EXPECT_EQ(interval.reason(), "asked");
  EXPECT_EQ(interval.started_by(), complaint.header(1).event_id());
}

TEST(WaitingFold, EndsOnlyWaitingOnThatPartyAndNeverBeforeItBegan) {
  Given complaint;
  complaint.Has(Received())
      .Has(WaitingFor(Waiting::ON_SUPPLIER))
      .Has(WaitingFor(Waiting::ON_THIRD_PARTY));
  complaint.At(kStartUs - 500 * kMinuteUs).Has(WaitingOver(Waiting::ON_SUPPLIER));
  const auto& intervals = complaint.state().waiting().intervals();
  EXPECT_EQ(intervals[0].to_us(), intervals[0].from_us());
  EXPECT_EQ(intervals[1].to_us(), 0);
}

TEST(WaitingFold, PastIntervalsAreKeptBecauseClocksStoodStillInThem) {
  Given complaint;
  complaint.Has(Received());
  for (int i = 0; i < 3; ++i) {
    complaint.Has(WaitingFor(Waiting::ON_COMPLAINANT)).Has(WaitingOver(Waiting::ON_COMPLAINANT));
  }
  EXPECT_EQ(complaint.state().waiting().intervals_size(), 3);
}

event::v1::AgentEnrolled Enrolled() {
  event::v1::AgentEnrolled agent;
  agent.set_agent_id(Id("agent a"));
  agent.set_code("a17");
  agent.add_roles("agent");
  agent.add_teams()->set_team_id(Id("team a"));
  agent.set_home_team(Id("team a"));
  agent.set_calendar(Id("calendar"));
  return agent;
}

TEST(DirectoryFold, TeamsAreDefinedWholeByRevision) {
  event::v1::TeamDefined team;
  team.set_team_id(Id("team a"));
  team.set_revision(1);
  team.set_name("Parcels");
  team.add_regions("gb");
  GivenEntity entity;
  entity.Has(team);
  team.set_revision(2);
  team.clear_regions();
  entity.Has(team);
  EXPECT_EQ(entity.state().definition().team().SerializeAsString(), team.SerializeAsString());
  EXPECT_EQ(entity.state().definition().changed_by(), entity.last().event_id());
}

TEST(DirectoryFold, AMoveReplacesTheSetsItNamesAndKeepsTheRest) {
  event::v1::AgentMoved moved;
  moved.set_agent_id(Id("agent a"));
  moved.add_roles("supervisor");
  moved.add_teams()->set_team_id(Id("team b"));
  moved.set_home_team(Id("team b"));
  GivenEntity entity;
  entity.Has(Enrolled()).Has(moved);
  const auto& agent = entity.state().definition().agent();
  EXPECT_THAT(agent.roles(), ElementsAre("supervisor"));
  ASSERT_EQ(agent.teams_size(), 1);
  EXPECT_EQ(agent.teams(0).team_id(), Id("team b"));
  EXPECT_EQ(agent.code(), "a17");
  EXPECT_EQ(agent.calendar(), Id("calendar"));
}

TEST(DirectoryFold, SkillsCapacityAndPresenceAreEachReplacedWhole) {
  event::v1::AgentSkillsSet skills;
  skills.set_revision(1);
  skills.add_skills()->set_skill("zh");
  event::v1::AgentCapacitySet capacity;
  capacity.set_revision(1);
  capacity.add_per_team()->set_capacity_units(10);
  event::v1::PresenceChanged presence;
  presence.set_state(event::v1::PresenceChanged::AVAILABLE);
  GivenEntity entity;
  entity.Has(Enrolled()).Has(skills).Has(capacity).Has(presence);
  skills.set_revision(2);
  skills.clear_skills();
  entity.Has(skills);
  EXPECT_EQ(entity.state().skills().revision(), 2u);
  EXPECT_EQ(entity.state().skills().skills_size(), 0);
  EXPECT_EQ(entity.state().capacity().per_team(0).capacity_units(), 10u);
  EXPECT_EQ(entity.state().presence().presence().state(), event::v1::PresenceChanged::AVAILABLE);
}

TEST(DirectoryFold, WhoDepartedIsStillKnownO4) {
  event::v1::AgentDeparted departed;
  departed.set_at_us(kStartUs);
  GivenEntity entity;
  entity.Has(Enrolled()).Has(departed);
  EXPECT_EQ(entity.state().definition().departed_at_us(), kStartUs);
  EXPECT_EQ(entity.state().definition().agent().code(), "a17");
}

TEST(DirectoryFold, PolicyPartsManifestsAndActivationsAreKeptAsPublished) {
  event::v1::PolicyPartPublished part;
  part.set_part("calendar");
  part.set_content("compiled");
  GivenEntity part_entity("part");
  part_entity.Has(part);
  EXPECT_EQ(part_entity.state().definition().policy_part().content(), "compiled");

  event::v1::PolicyPublished manifest;
  manifest.add_parts()->set_part("calendar");
  GivenEntity manifest_entity("manifest");
  manifest_entity.Has(manifest);
  EXPECT_EQ(manifest_entity.state().definition().policy().parts(0).part(), "calendar");

  event::v1::PolicyActivated activated;
  activated.set_manifest(Id("manifest 1"));
  GivenEntity scope("scope");
  scope.Has(activated);
  activated.set_manifest(Id("manifest 2"));
  scope.Has(activated);
  EXPECT_EQ(scope.state().definition().activation().manifest(), Id("manifest 2"));
}

}  // namespace
}  // namespace redress::testing
