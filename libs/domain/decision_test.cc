#include "libs/domain/decision.h"

#include <gtest/gtest.h>

#include "libs/base/hash.h"
#include "libs/domain/state_view.h"
#include "redress/event/v1/clocks.pb.h"

namespace redress {
namespace {

using event::v1::CommandRefused;

EventOrigin Origin() {
  EventOrigin origin;
  origin.event_id = HashedId<EventId>({"event"});
  origin.stream = HashedId<StreamId>({"stream"});
  origin.request = HashedId<RequestId>({"request"});
  origin.seen = Version(7);
  origin.reads = {event::v1::STAGE};
  origin.recorded_at_us = 1000;
  return origin;
}

TEST(BuildEvent, DeclaresTheWritesOfTypeAndParts) {
  event::v1::ClockWarned warned;
  warned.add_triggers();
  const event::v1::Event event = BuildEvent(Origin(), EventDraft::Of(warned));
  EXPECT_EQ(event.type(), 64u);
  EXPECT_EQ(AspectSet(event.header().writes()).ToString(), "triggers clocks");
  EXPECT_EQ(AspectSet(event.header().reads()).ToString(), "stage");
  EXPECT_EQ(event.header().seen(), 7u);
  EXPECT_EQ(event.header().schema_version(), 1u);
  EXPECT_EQ(event.header().correlation_id(), event.header().event_id())
      << "it begins its chain of causes";
  EXPECT_EQ(event.header().occurred_at_us(), 1000)
      << "unless the draft says otherwise, when it was decided";
  EXPECT_TRUE(event.header().causation_id().empty());
  EXPECT_TRUE(event.header().command_hash().empty());
}

TEST(BuildEvent, AnOpeningEventHasSeenAndReadNothing) {
  EventOrigin origin = Origin();
  origin.opens = true;
  const event::v1::Event event = BuildEvent(origin, EventDraft::Of(event::v1::ComplaintReceived()));
  EXPECT_EQ(event.header().seen(), 0u);
  EXPECT_EQ(event.header().reads(), 0u);
  EXPECT_EQ(event.header().writes(), ~uint64_t{0});
}

TEST(BuildEvent, PersonalDataGoesIntoASealedPartOnly) {
  const event::v1::Event event =
      BuildEvent(Origin(), EventDraft::Of(event::v1::NoteAdded(), "companion"));
  ASSERT_EQ(event.sealed_size(), 1);
  EXPECT_EQ(event.sealed(0).ciphertext(), "companion");
  EXPECT_TRUE(event.sealed(0).key_id().empty());
}

TEST(BuildEventDeathTest, ATypeWithoutCompanionTakesNoPersonalData) {
  EXPECT_DEATH(BuildEvent(Origin(), EventDraft::Of(event::v1::WaitingEnded(), "companion")),
               "sealed");
}

TEST(RefusalDraft, CarriesCodesAndFactsAndWritesNothing) {
  const EventDraft draft = RefusalDraft(45, {CommandRefused::STAGE_FORBIDS, {{"stage", "closed"}}});
  const event::v1::Event event = BuildEvent(Origin(), draft);
  EXPECT_EQ(event.type(), 83u);
  EXPECT_EQ(event.header().writes(), 0u);
  EXPECT_EQ(AspectSet(event.header().reads()).ToString(), "stage")
      << "a refusal rests on what it read";
  CommandRefused refused;
  ASSERT_TRUE(refused.ParseFromString(event.payload()));
  EXPECT_EQ(refused.command(), 45u);
  EXPECT_EQ(RefusalName(refused.code()), "STAGE_FORBIDS");
  EXPECT_EQ(refused.details(0).value(), "closed");
}

TEST(StateView, RecordsWhatIsReadAndNothingElse) {
  ComplaintState state;
  StateView view(state, AspectSet::All());
  EXPECT_TRUE(view.reads().empty());
  view.stage();
  view.clocks();
  view.Touch(event::v1::GATES);
  EXPECT_EQ(view.reads().ToString(), "stage clocks gates");
  view.Input(event::v1::ASSESSMENT);
  EXPECT_EQ(view.reads().ToString(), "stage clocks gates") << "inputs stand in the event instead";
}

TEST(StateView, EachAccessorRecordsItsOwnAspect) {
  ComplaintState state;
  const auto reads = [&](auto access) {
    StateView view(state, AspectSet::All());
    access(view);
    return view.reads().ToString();
  };
  EXPECT_EQ(reads([](StateView& v) { v.stage(); }), "stage");
  EXPECT_EQ(reads([](StateView& v) { v.ownership(); }), "ownership");
  EXPECT_EQ(reads([](StateView& v) { v.recusal(); }), "recusal");
  EXPECT_EQ(reads([](StateView& v) { v.level(); }), "level");
  EXPECT_EQ(reads([](StateView& v) { v.triggers(); }), "triggers");
  EXPECT_EQ(reads([](StateView& v) { v.assessment(); }), "assessment");
  EXPECT_EQ(reads([](StateView& v) { v.conversation(); }), "conversation");
  EXPECT_EQ(reads([](StateView& v) { v.thread(); }), "thread");
  EXPECT_EQ(reads([](StateView& v) { v.party(); }), "party");
  EXPECT_EQ(reads([](StateView& v) { v.record(); }), "record");
  EXPECT_EQ(reads([](StateView& v) { v.clocks(); }), "clocks");
  EXPECT_EQ(reads([](StateView& v) { v.waiting(); }), "waiting");
  EXPECT_EQ(reads([](StateView& v) { v.policy(); }), "policy");
}

TEST(StateViewDeathTest, ReadingAnAspectThatTheServiceDoesNotKeepIsABug) {
  ComplaintState state;
  StateView view(state, {event::v1::STAGE});
  EXPECT_DEATH(view.clocks(), "kept_");
  EXPECT_DEATH(view.Input(event::v1::CLOCKS), "kept_");
}

TEST(EntityView, EachAccessorRecordsItsOwnAspect) {
  DirectoryState state;
  EntityView view(state);
  view.definition();
  EXPECT_EQ(view.reads().ToString(), "definition");
  view.skills();
  view.capacity();
  view.presence();
  EXPECT_EQ(view.reads().ToString(), "definition skills capacity presence");
}

TEST(AspectSet, NamesItsAspectsInTheOrderOfBits) {
  EXPECT_EQ(AspectSet().ToString(), "");
  EXPECT_EQ(AspectSet({event::v1::CLOCKS, event::v1::STAGE}).ToString(), "stage clocks");
  EXPECT_EQ(AspectSet(uint64_t{1} << 63 | 1).ToString(), "stage bit63");
  EXPECT_TRUE(AspectSet::All().Contains(AspectSet(~uint64_t{0})));
  EXPECT_FALSE(AspectSet({event::v1::STAGE}).Contains(AspectSet::All()));
}

}  // namespace
}  // namespace redress
