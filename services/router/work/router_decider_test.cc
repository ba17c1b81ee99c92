// The router over the simulated log, virtual time and the default policy's ladder: who gets a
// complaint when, and when somebody has to give one up.
#include "services/router/work/router_decider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/testing/world/service_world.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/ownership.pb.h"

namespace redress::router {
namespace {

using event::v1::ComplaintAssigned;
using event::v1::ComplaintQueued;
using event::v1::PresenceChanged;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kAbsentAfter = absl::Hours(8);

class RouterUnderTest final : public testing::ServiceUnderTest {
 public:
  ServiceParts Parts() override {
    ServiceParts parts;
    parts.projection = &projection;
    parts.decider = &decider;
    parts.kinds = RouterKindsInOrder();
    parts.owns = {OwnershipKind::kRouter};
    return parts;
  }
  void OnMade(Service& service) override { projection.SetActor(service.actor()); }

  Directory directory;
  RouterProjection projection{&directory, RouterMetrics()};
  RouterDecider decider{&projection};
};

// One team for level 1, another for level 2, no rule that fits: what is tested is who of a team
// gets what.
class Routing : public ::testing::Test {
 protected:
  Routing() {
    auto policy = testing::DefaultPolicy();
    // The first rule is about safety, which none of these is.
    auto* rules = policy.mutable_routing()->mutable_rules();
    rules->DeleteSubrange(1, rules->size() - 1);
    policy.mutable_routing()->clear_skill_rules();
    policy.mutable_routing()->set_default_weight_units(1);
    policy.mutable_routing()->mutable_absent_after()->set_ms(
        absl::ToInt64Milliseconds(kAbsentAfter));
    world_.Activate(world_.Publish(policy));
    DefineTeam("front_cn", {1});
    DefineTeam("support_products", {2});
  }

  void DefineTeam(const std::string& code, std::initializer_list<uint32_t> levels) {
    event::v1::TeamDefined team;
    team.set_team_id(Team(code));
    team.set_revision(++revision_);
    team.set_code(code);
    for (const uint32_t level : levels) team.add_levels(level);
    world_.AppendEntity(EntityIdOf("team", code), team);
  }
  void Enroll(const std::string& code, uint32_t capacity_units,
              const std::string& team = "front_cn") {
    event::v1::AgentEnrolled agent;
    agent.set_agent_id(Agent(code));
    agent.set_code(code);
    auto* membership = agent.add_teams();
    membership->set_team_id(Team(team));
    membership->set_capacity_units(capacity_units);
    world_.AppendEntity(EntityIdOf("agent", code), agent);
    SetPresence(code, PresenceChanged::AVAILABLE);
  }
  void SetPresence(const std::string& code, PresenceChanged::State state,
                   absl::Duration announced = {}) {
    PresenceChanged presence;
    presence.set_agent_id(Agent(code));
    presence.set_state(state);
    presence.set_from_us(ToMicros(world_.now()));
    if (announced > absl::ZeroDuration()) presence.set_until_us(ToMicros(world_.now() + announced));
    world_.AppendEntity(EntityIdOf("agent", code), presence);
  }
  void Move(const std::string& code, const std::string& team) {
    event::v1::AgentMoved moved;
    moved.set_agent_id(Agent(code));
    auto* membership = moved.add_teams();
    membership->set_team_id(Team(team));
    membership->set_capacity_units(10);
    world_.AppendEntity(EntityIdOf("agent", code), moved);
  }
  void SetCapacity(const std::string& code, uint32_t units, const std::string& team = "front_cn") {
    event::v1::AgentCapacitySet set;
    set.set_agent_id(Agent(code));
    set.set_revision(++revision_);
    auto* share = set.add_per_team();
    share->set_team_id(Team(team));
    share->set_capacity_units(units);
    world_.AppendEntity(EntityIdOf("agent", code), set);
  }
  void Depart(const std::string& code) {
    event::v1::AgentDeparted departed;
    departed.set_agent_id(Agent(code));
    departed.set_at_us(ToMicros(world_.now()));
    world_.AppendEntity(EntityIdOf("agent", code), departed);
  }

  // Received and assessed, level 1.
  ComplaintId Complaint(const std::string& name, int64_t score = 500) {
    const ComplaintId complaint = world_.Receive(name);
    auto assessed = world_.Assessed(1);
    assessed.mutable_assessment()->mutable_priority()->set_score(score);
    world_.Append(complaint, assessed);
    world_.RunFor(absl::Milliseconds(200));
    return complaint;
  }
  void AssignByPerson(const ComplaintId& complaint, const std::string& agent) {
    ComplaintAssigned assigned;
    assigned.set_agent_id(Agent(agent));
    assigned.set_team_id(Team("front_cn"));
    assigned.set_mode(ComplaintAssigned::MANUAL);
    assigned.set_weight(1);
    world_.Append(complaint, assigned);
  }
  void Resolve(const ComplaintId& complaint) {
    world_.Append(complaint, event::v1::ComplaintResolved());
    world_.RunFor(absl::Milliseconds(200));
  }

  static std::string Team(const std::string& code) { return EntityIdOf("team", code).ToBytes(); }
  static std::string Agent(const std::string& code) { return EntityIdOf("agent", code).ToBytes(); }
  // Code of the owner among those enrolled here; empty: none.
  std::string OwnerOf(const ComplaintId& complaint) {
    const std::string owner = world_.StateOf(complaint).ownership().owner_id();
    for (const char* code : {"ann", "bob", "cleo"}) {
      if (owner == Agent(code)) return code;
    }
    return owner.empty() ? "" : "somebody";
  }
  // Why it was put into a queue, each time.
  std::vector<std::string> Queued(const ComplaintId& complaint) {
    std::vector<std::string> reasons;
    for (const auto& queued : world_.Of<ComplaintQueued>(complaint))
      reasons.push_back(queued.reason());
    return reasons;
  }

  testing::ServiceWorld world_{"router", [] { return std::make_unique<RouterUnderTest>(); }};
  uint32_t revision_ = 0;
};

TEST_F(Routing, F8_4_TheQueueIsDrainedInPriorityOrderWhenCapacityFrees) {
  Enroll("ann", 1);
  const ComplaintId first = Complaint("first");
  ASSERT_EQ(OwnerOf(first), "ann");
  const ComplaintId low = Complaint("low", 300);
  const ComplaintId high = Complaint("high", 900);
  const ComplaintId middle = Complaint("middle", 600);
  EXPECT_THAT(Queued(high), ElementsAre("no_capacity"));
  EXPECT_EQ(OwnerOf(high) + OwnerOf(middle) + OwnerOf(low), "");

  Resolve(first);
  EXPECT_EQ(OwnerOf(high), "ann") << "at once, and the most urgent first";
  EXPECT_EQ(OwnerOf(middle) + OwnerOf(low), "");
  // A new one does not overtake what waits and is more urgent.
  const ComplaintId late = Complaint("late", 400);
  Resolve(high);
  EXPECT_EQ(OwnerOf(middle), "ann");
  SetCapacity("ann", 2);
  world_.RunFor(absl::Milliseconds(200));
  EXPECT_EQ(OwnerOf(late), "ann") << "more capacity is free capacity";
  EXPECT_EQ(OwnerOf(low), "");
}

TEST_F(Routing, OfEquallyUrgentOnesTheOldestGoesFirst) {
  Enroll("ann", 1);
  const ComplaintId held = Complaint("held");
  const ComplaintId older = Complaint("older");
  world_.RunFor(absl::Minutes(5));
  const ComplaintId newer = Complaint("newer");
  Resolve(held);
  EXPECT_EQ(OwnerOf(older), "ann");
  EXPECT_EQ(OwnerOf(newer), "");
}

TEST_F(Routing, WhatADepartedAgentHeldGoesToAnother) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  Enroll("bob", 5);
  Depart("ann");
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(Queued(complaint), ElementsAre("agent_left"));
  EXPECT_EQ(OwnerOf(complaint), "bob");
}

TEST_F(Routing, ADepartureMeanwhileIsSeenAfterARestart) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  Enroll("bob", 5);
  world_.Flush();
  world_.Crash();
  Depart("ann");
  world_.Start();
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(complaint), "bob");
}

TEST_F(Routing, AnOwnerAbsentTooLongGivesUpWhatIsNotResolved) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  const ComplaintId resolved = Complaint("b");
  Resolve(resolved);
  Enroll("bob", 5);
  SetPresence("ann", PresenceChanged::AWAY);
  world_.RunFor(kAbsentAfter - absl::Minutes(1));
  EXPECT_EQ(OwnerOf(complaint), "ann") << "not too long yet";
  world_.RunFor(absl::Minutes(2));
  EXPECT_THAT(Queued(complaint), ElementsAre("absent_too_long"));
  EXPECT_EQ(OwnerOf(complaint), "bob");
  EXPECT_EQ(OwnerOf(resolved), "ann");
}

TEST_F(Routing, WhatIsGivenAgainToSomebodyAbsentTooLongIsGivenUpAgain) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  Enroll("bob", 5);
  SetPresence("ann", PresenceChanged::AWAY);
  world_.RunFor(kAbsentAfter + absl::Minutes(1));
  ASSERT_EQ(OwnerOf(complaint), "bob");
  ComplaintAssigned assigned;
  assigned.set_agent_id(Agent("ann"));
  assigned.set_team_id(Team("front_cn"));
  assigned.set_mode(ComplaintAssigned::MANUAL);
  world_.Append(complaint, assigned);
  world_.RunFor(absl::Minutes(1));
  EXPECT_THAT(Queued(complaint), ElementsAre("absent_too_long", "absent_too_long"));
  EXPECT_EQ(OwnerOf(complaint), "bob");
}

TEST_F(Routing, AnOwnerWhoComesBackInTimeKeepsWhatIsTheirs) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  Enroll("bob", 5);
  SetPresence("ann", PresenceChanged::OFFLINE);
  world_.RunFor(kAbsentAfter - absl::Minutes(1));
  SetPresence("ann", PresenceChanged::AVAILABLE);
  world_.RunFor(2 * kAbsentAfter);
  EXPECT_EQ(OwnerOf(complaint), "ann");
  EXPECT_THAT(Queued(complaint), IsEmpty());
}

TEST_F(Routing, AnAbsenceAnnouncedForLongerIsActedOnAtOnce) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  Enroll("bob", 5);
  SetPresence("ann", PresenceChanged::AWAY, absl::Hours(24 * 14));
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(complaint), "bob");
}

TEST_F(Routing, AnOwnerWhoLeftTheTeamGivesUpItsComplaints) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  Enroll("bob", 5);
  Move("ann", "support_products");
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(Queued(complaint), ElementsAre("out_of_team"));
  EXPECT_EQ(OwnerOf(complaint), "bob");
  EXPECT_EQ(world_.StateOf(complaint).ownership().team_id(), Team("front_cn"));
}

TEST_F(Routing, WhatATeamNoLongerServesGoesToTheTeamOfTheLevel) {
  Enroll("cleo", 5, "support_products");
  const ComplaintId complaint = Complaint("a");
  ComplaintAssigned assigned;
  assigned.set_agent_id(Agent("cleo"));
  assigned.set_team_id(Team("support_products"));
  assigned.set_mode(ComplaintAssigned::MANUAL);
  world_.Append(complaint, assigned);
  Enroll("bob", 5);
  world_.RunFor(absl::Seconds(1));
  ASSERT_EQ(OwnerOf(complaint), "cleo") << "a person may give across levels";
  DefineTeam("support_products", {3});
  world_.RunFor(absl::Seconds(1));
  EXPECT_THAT(Queued(complaint), ElementsAre("no_agents", "out_of_team"));
  EXPECT_EQ(OwnerOf(complaint), "bob");
  EXPECT_EQ(world_.StateOf(complaint).ownership().team_id(), Team("front_cn"));
}

TEST_F(Routing, AmendingATeamThatStillServesTheLevelMovesNothing) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  DefineTeam("front_cn", {1, 2});
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(complaint), "ann");
  EXPECT_THAT(Queued(complaint), IsEmpty());
}

TEST_F(Routing, WhatAPersonAssignedAcrossTeamsStays) {
  Enroll("cleo", 5, "support_products");
  const ComplaintId complaint = Complaint("a");
  AssignByPerson(complaint, "cleo");
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(complaint), "cleo");
  // Nor does it matter what else the directory says of them, or in which order a new projection
  // folds it.
  SetPresence("cleo", PresenceChanged::AVAILABLE);
  DefineTeam("support_products", {1, 2});
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(complaint), "cleo");
}

TEST_F(Routing, WhatARouterGaveStaysWithItsOwnerWhenTheLevelChangesAndKeepsHim) {
  Enroll("ann", 5);
  const ComplaintId complaint = Complaint("a");
  event::v1::ComplaintEscalated escalated;
  escalated.set_from_level(1);
  escalated.set_to_level(2);
  escalated.set_owner_after(event::v1::ComplaintEscalated::KEEP);
  world_.Append(complaint, escalated);
  SetPresence("ann", PresenceChanged::AVAILABLE);
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(complaint), "ann");
  EXPECT_THAT(Queued(complaint), IsEmpty());
}

TEST_F(Routing, F8_4_LessCapacityGivesBackTheNewestThatIsNotBegun) {
  Enroll("ann", 4);
  const ComplaintId begun = Complaint("begun");
  world_.Append(begun, event::v1::InvestigationStarted());
  const ComplaintId older = Complaint("older");
  const ComplaintId newer = Complaint("newer");
  const int64_t received_us = world_.StateOf(newer).stage().received_at_us();
  world_.RunFor(absl::Minutes(1));
  SetCapacity("ann", 2);
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(begun), "ann");
  EXPECT_EQ(OwnerOf(older), "ann");
  EXPECT_EQ(OwnerOf(newer), "");
  EXPECT_THAT(Queued(newer), ElementsAre("over_capacity"));
  EXPECT_EQ(world_.Of<ComplaintQueued>(newer)[0].cause(), ComplaintQueued::OVER_CAPACITY);
  EXPECT_EQ(world_.StateOf(newer).stage().received_at_us(), received_us) << "with its age";
  Enroll("bob", 1);
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(newer), "bob");
}

TEST_F(Routing, F8_4_WhatAPersonAssignedMayExceedTheCapacity) {
  Enroll("ann", 1);
  const ComplaintId given = Complaint("given");
  const ComplaintId more = Complaint("more");
  AssignByPerson(more, "ann");
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(given), "ann");
  EXPECT_EQ(OwnerOf(more), "ann");
}

TEST_F(Routing, AnImportIsRoutedWhenItsHistoryIsComplete) {
  Enroll("ann", 5);
  const ComplaintId complaint = world_.Receive("import", {.more_follows = true});
  world_.NextHasMoreToFollow();
  world_.Append(complaint, world_.Assessed(1));
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(complaint), "");
  world_.Inbound(complaint, "the last of its history");
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(OwnerOf(complaint), "ann") << "an event that says so ends it, whatever it writes";
}

}  // namespace
}  // namespace redress::router
