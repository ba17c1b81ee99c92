// Footprints hold: folding an event of any type on any state changes no aspect that its header does
// not declare, and each aspect is folded from its own former value, so that a service may keep any
// subset.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "libs/domain/decision.h"
#include "libs/domain/fold.h"
#include "libs/domain/payloads.h"
#include "libs/testing/keep_only.h"
#include "libs/testing/random_message.h"

namespace redress {
namespace {

using google::protobuf::Message;
using storage::v1::ComplaintState;
using storage::v1::DirectoryState;
using testing::FillRandomly;
using testing::KeepOnly;
using testing::RandomMessageLimits;

constexpr int kTrials = 60;

struct RandomEvent {
  event::v1::Event event;
  std::unique_ptr<Message> payload;

  FoldedEvent folded() const { return {event.header(), event.type(), *payload}; }
};

RandomEvent MakeEvent(const PayloadInfo& type, bool opens, SeededRandom& random) {
  RandomEvent made;
  made.payload.reset(type.prototype->New());
  FillRandomly({}, random, made.payload.get());
  EventDraft draft;
  draft.payload.reset(type.prototype->New());
  draft.payload->CopyFrom(*made.payload);
  EventOrigin origin;
  origin.opens = opens;
  origin.event_id = EventId::FromBytesOrNone(testing::RandomId({}, random));
  origin.recorded_at_us = 1'767'600'000'000'000 + static_cast<int64_t>(random.Below(1'000'000'000));
  origin.actor.set_kind(random.OneIn(2) ? event::v1::Actor::PERSON : event::v1::Actor::SERVICE);
  made.event = BuildEvent(origin, draft);
  return made;
}

// Bytes of one aspect, with a mark for "absent".
std::string AspectBytes(const Message& state, const google::protobuf::FieldDescriptor* field) {
  const auto* reflection = state.GetReflection();
  if (!reflection->HasField(state, field)) return "absent";
  return "present " + reflection->GetMessage(state, field).SerializeAsString();
}

Aspect AspectOf(const google::protobuf::FieldDescriptor* field) {
  return static_cast<Aspect>(field->number() - 1);
}

// The aspects that differ.
AspectSet Changed(const Message& before, const Message& after) {
  AspectSet changed;
  const auto* descriptor = before.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (AspectBytes(before, field) != AspectBytes(after, field)) changed.Add(AspectOf(field));
  }
  return changed;
}

// Aspects that the state of this release holds.
AspectSet Held(const google::protobuf::Descriptor* state) {
  AspectSet held;
  for (int i = 0; i < state->field_count(); ++i) held.Add(AspectOf(state->field(i)));
  return held;
}

template <typename State>
void ExpectNothingElseChanges(const PayloadInfo& type, bool opens) {
  SeededRandom random(type.number);
  AspectSet ever_changed;
  for (int trial = 0; trial < kTrials; ++trial) {
    State before;
    FillRandomly({}, random, &before);
    const RandomEvent made = MakeEvent(type, opens, random);
    State after = before;
    Apply(made.folded(), &after);
    const AspectSet changed = Changed(before, after);
    ever_changed = ever_changed | changed;
    ASSERT_TRUE(AspectSet(made.event.header().writes()).Contains(changed))
        << type.name << " declares " << AspectSet(made.event.header().writes()).ToString()
        << ", changes " << changed.ToString();
  }
  const bool may_change = !(type.writes & Held(State::descriptor())).empty();
  EXPECT_EQ(!ever_changed.empty(), may_change) << type.name << " is folded into nothing";
}

template <typename State>
void ExpectAspectsAreIndependent(const PayloadInfo& type) {
  SeededRandom random(1000 + type.number);
  for (int trial = 0; trial < kTrials; ++trial) {
    State whole;
    FillRandomly({}, random, &whole);
    const RandomEvent made = MakeEvent(type, false, random);
    const AspectSet kept(random.Next());
    State part = whole;
    KeepOnly(kept, &part);
    Apply(made.folded(), kept, &part);
    Apply(made.folded(), &whole);
    KeepOnly(kept, &whole);
    ASSERT_EQ(part.SerializeAsString(), whole.SerializeAsString())
        << type.name << ", keeping " << kept.ToString();
  }
}

TEST(Footprint, ComplaintEventsChangeNoAspectThatTheyDoNotDeclare) {
  for (const PayloadInfo* type : AllPayloads()) {
    if (type->directory || type->record_only) continue;
    ExpectNothingElseChanges<ComplaintState>(*type, type->opens == event::v1::ALWAYS);
  }
}

TEST(Footprint, DirectoryEventsChangeNoAspectThatTheyDoNotDeclare) {
  for (const PayloadInfo* type : AllPayloads()) {
    if (!type->directory) continue;
    ExpectNothingElseChanges<DirectoryState>(*type, type->opens != event::v1::NEVER);
    if (type->opens == event::v1::FIRST_REVISION)
      ExpectNothingElseChanges<DirectoryState>(*type, false);
  }
}

TEST(Footprint, AServiceMayKeepAnySubsetOfAspects) {
  for (const PayloadInfo* type : AllPayloads()) {
    if (!type->directory && !type->record_only) ExpectAspectsAreIndependent<ComplaintState>(*type);
  }
}

TEST(Footprint, RecordsThatAreNotJudgedFoldIntoNothing) {
  SeededRandom random(1);
  for (const PayloadInfo* type : AllPayloads()) {
    if (!type->record_only) continue;
    ComplaintState before;
    FillRandomly({}, random, &before);
    ComplaintState after = before;
    Apply(MakeEvent(*type, false, random).folded(), &after);
    EXPECT_TRUE(Changed(before, after).empty()) << type->name;
  }
}

template <typename State>
void ExpectFieldsAreNumberedByAspect() {
  const auto* descriptor = State::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    ASSERT_TRUE(event::v1::Aspect_IsValid(field->number() - 1)) << field->full_name();
    EXPECT_EQ(field->name(), absl::AsciiStrToLower(event::v1::Aspect_Name(AspectOf(field))));
  }
}

TEST(Footprint, StateFieldsAreNumberedByAspect) {
  ExpectFieldsAreNumberedByAspect<ComplaintState>();
  ExpectFieldsAreNumberedByAspect<DirectoryState>();
}

TEST(KeepOnly, KnowsEveryFieldOfTheState) {
  const auto* descriptor = storage::v1::ComplaintState::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    storage::v1::ComplaintState state;
    const auto* field = descriptor->field(i);
    const auto aspect = static_cast<Aspect>(field->number() - 1);
    state.GetReflection()->MutableMessage(&state, field);
    KeepOnly({aspect}, &state);
    EXPECT_TRUE(state.GetReflection()->HasField(state, field)) << field->name();
    KeepOnly(AspectSet(), &state);
    EXPECT_FALSE(state.GetReflection()->HasField(state, field)) << field->name();
  }
}

TEST(Fold, TheAssessmentIsKeptWholeButForItsExplanation) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed);
    event::v1::ComplaintAssessed assessed;
    testing::FillRandomly({.presence_percent = 100}, random, &assessed);
    storage::v1::ComplaintState state;
    Apply({event::v1::Header(), PayloadOf<event::v1::ComplaintAssessed>().number, assessed},
          &state);
    assessed.mutable_assessment()->clear_explained();
    EXPECT_EQ(state.assessment().assessment().SerializeAsString(),
              assessed.assessment().SerializeAsString());
  }
}

TEST(KeepOnly, ClearsEveryOtherAspect) {
  SeededRandom random(7);
  ComplaintState state;
  FillRandomly({.presence_percent = 100}, random, &state);
  const ComplaintState whole = state;
  KeepOnly({event::v1::STAGE, event::v1::CLOCKS}, &state);
  EXPECT_EQ(state.stage().SerializeAsString(), whole.stage().SerializeAsString());
  EXPECT_EQ(state.clocks().SerializeAsString(), whole.clocks().SerializeAsString());
  EXPECT_EQ(Changed(state, ComplaintState()), AspectSet({event::v1::STAGE, event::v1::CLOCKS}));
  KeepOnly(AspectSet::All(), &state);
  EXPECT_TRUE(state.has_stage());
}

}  // namespace
}  // namespace redress
