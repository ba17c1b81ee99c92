// Random lawful histories of several hundred events, mixed with events that do not count: the fold
// agrees with the transition table, is the same from zero as step by step through storage, and its
// state stays bounded.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "libs/base/hash.h"
#include "libs/domain/decision.h"
#include "libs/domain/fold.h"
#include "libs/domain/lifecycle.h"
#include "libs/domain/payloads.h"
#include "libs/domain/verdict.h"
#include "libs/testing/given.h"
#include "libs/testing/keep_only.h"
#include "libs/testing/random_message.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/intake.pb.h"

namespace redress {
namespace {

using event::v1::Waiting;
using google::protobuf::Message;
using storage::v1::ComplaintState;
using testing::JudgeAndFold;
using testing::KeepOnly;
using S = storage::v1::StageState;

constexpr int kEvents = 500;
// What a complaint's row may weigh after any history that deciders allow with few clocks, fields
// and threads.
constexpr size_t kStateBound = 32 << 10;

bool WaitsOn(const ComplaintState& state, Waiting::On on) {
  for (const auto& interval : state.waiting().intervals()) {
    if (interval.on() == on && interval.to_us() == 0) return true;
  }
  return false;
}

bool MayWait(const ComplaintState& state, Waiting::On on) {
  return !WaitsOn(state, on) && state.waiting().intervals_size() < kMaxWaitingIntervals;
}

class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : random_(seed) {
    for (const PayloadInfo* type : AllPayloads()) {
      if (!type->directory && !type->record_only) types_.push_back(type);
    }
  }

  void Grow(int events) {
    for (int n = 0; n < events && !::testing::Test::HasFatalFailure(); ++n) {
      if (!log_.empty() && random_.OneIn(6)) AppendVoid();
      AppendLawful();
      // Through storage and back at random points: a reader restarts.
      if (random_.OneIn(10)) Restart();
    }
  }

  const std::vector<event::v1::Event>& log() const { return log_; }
  const ComplaintState& state() const { return state_; }
  const Head& head() const { return head_; }

 private:
  // A type that the table allows now, with contents that its decider could have written.
  void AppendLawful() {
    const S::Stage before = state_.stage().stage();
    const PayloadInfo* type = nullptr;
    LifecycleCell cell;
    std::unique_ptr<Message> payload;
    do {
      type = types_[random_.Below(types_.size())];
      cell = LifecycleOf(type->number, before, state_.stage().ever_assessed());
      payload.reset(type->prototype->New());
      testing::FillRandomly({}, random_, payload.get());
    } while (!cell.allowed || !Lawful(payload.get()));

    event::v1::Event event = Build(*payload, head_.version());
    ASSERT_EQ(Take(event), Verdict::kEffective) << type->name;
    EXPECT_EQ(state_.stage().stage(), cell.next) << type->name << " in " << StageName(before);
    CheckInvariants(type->name);
  }

  // Adjusts what the decider would not have written; false: it would have refused.
  bool Lawful(Message* payload) {
    const auto* descriptor = payload->GetDescriptor();
    if (descriptor == event::v1::WaitingStarted::descriptor()) {
      return MayWait(state_, static_cast<event::v1::WaitingStarted*>(payload)->waiting().on());
    }
    if (descriptor == event::v1::MessageAdded::descriptor()) {
      auto* added = static_cast<event::v1::MessageAdded*>(payload);
      if (added->has_thread())
        added->mutable_thread()->set_number(1 + static_cast<uint32_t>(random_.Below(4)));
      if (added->has_waiting() && !MayWait(state_, added->waiting().on())) added->clear_waiting();
      if (added->message().direction() == event::v1::Message::INBOUND) added->clear_waiting();
    }
    if (descriptor == event::v1::ComplaintReopened::descriptor()) {
      static_cast<event::v1::ComplaintReopened*>(payload)->set_cycle(state_.stage().cycle() + 1);
    }
    return true;
  }

  // Something that does not count: a copy, a decision on a state long gone, or on one that never
  // was.
  void AppendVoid() {
    event::v1::Event event = log_[random_.Below(log_.size())];
    switch (random_.Below(3)) {
      case 0:
        break;
      case 1: {
        const auto type = types_[random_.Below(types_.size())];
        const std::unique_ptr<Message> payload(type->prototype->New());
        event = Build(*payload, Version(0));
        event.mutable_header()->set_reads(~uint64_t{0});
        break;
      }
      default:
        event.mutable_header()->set_opens(false);
        event.mutable_header()->set_request_id(NextId("request"));
        // Far enough never to come true, however often it is copied.
        event.mutable_header()->set_seen(head_.version().value() + 1'000'000);
    }
    const std::string state = state_.SerializeAsString();
    const Head head = head_;
    EXPECT_NE(Take(event), Verdict::kEffective);
    EXPECT_EQ(state_.SerializeAsString(), state);
    EXPECT_EQ(head_, head);
  }

  event::v1::Event Build(const Message& payload, Version seen) {
    const PayloadInfo& info = PayloadOf(payload);
    EventOrigin origin;
    origin.event_id = *EventId::FromBytes(NextId("event"));
    origin.stream = HashedId<StreamId>({"stream"});
    origin.request = *RequestId::FromBytes(NextId("request"));
    origin.opens = info.opens == event::v1::ALWAYS;
    origin.seen = seen;
    origin.reads = MaximalReads(info);
    origin.recorded_at_us =
        testing::kStartUs + static_cast<int64_t>(log_.size()) * testing::kMinuteUs;
    origin.actor.set_kind(random_.OneIn(2) ? event::v1::Actor::PERSON : event::v1::Actor::SERVICE);
    EventDraft draft;
    draft.payload.reset(payload.New());
    draft.payload->CopyFrom(payload);
    return BuildEvent(origin, draft);
  }

  Verdict Take(const event::v1::Event& event) {
    log_.push_back(event);
    return JudgeAndFold(event, Offset(static_cast<int64_t>(log_.size())), &head_, &state_);
  }

  void Restart() {
    ComplaintState state;
    ASSERT_TRUE(state.ParseFromString(state_.SerializeAsString()));
    state_ = state;
    head_ = *Head::Decode(head_.Encode());
  }

  void CheckInvariants(const std::string& after) {
    SCOPED_TRACE(after);
    const bool ended = state_.stage().stage() == S::RESOLVED || state_.stage().stage() == S::CLOSED;
    if (after == "ComplaintResolved" || after == "ComplaintClosed" ||
        after == "ComplaintWithdrawn") {
      EXPECT_EQ(state_.triggers().open_size(), 0) << "triggers outlive the decision";
      for (const auto& interval : state_.waiting().intervals()) EXPECT_NE(interval.to_us(), 0);
    }
    if (!ended) {
      EXPECT_EQ(state_.stage().how(), S::HOW_UNSPECIFIED);
    }
    EXPECT_EQ(state_.clocks().stopped_at_us() != 0, state_.stage().stage() == S::CLOSED);
    EXPECT_EQ(state_.ownership().owner_id().empty(), state_.ownership().unowned_since_us() != 0)
        << "either owned, or waiting for an owner since some instant";
    EXPECT_LT(state_.ByteSizeLong(), kStateBound);
    EXPECT_LE(head_.closed().size(), kWindow);
  }

  std::string NextId(std::string_view kind) {
    return HashedId<StreamId>({kind, std::to_string(++ids_)}).ToBytes();
  }

  SeededRandom random_;
  std::vector<const PayloadInfo*> types_;
  std::vector<event::v1::Event> log_;
  Head head_;
  ComplaintState state_;
  uint64_t ids_ = 0;
};

class RandomHistories : public ::testing::TestWithParam<uint64_t> {};

TEST_P(RandomHistories, FoldFromZeroToTheSameBytes) {
  RandomHistory history(GetParam());
  history.Grow(kEvents);
  for (int again = 0; again < 2; ++again) {
    Head head;
    ComplaintState state;
    for (size_t i = 0; i < history.log().size(); ++i) {
      JudgeAndFold(history.log()[i], Offset(static_cast<int64_t>(i + 1)), &head, &state);
    }
    EXPECT_EQ(head.Encode(), history.head().Encode());
    EXPECT_EQ(state.SerializeAsString(), history.state().SerializeAsString());
  }
}

TEST_P(RandomHistories, FoldAlikeWithOnlySomeAspectsKept) {
  RandomHistory history(GetParam());
  history.Grow(kEvents / 2);
  SeededRandom random(GetParam());
  const AspectSet kept(random.Next());
  Head head;
  ComplaintState state;
  for (size_t i = 0; i < history.log().size(); ++i) {
    JudgeAndFold(history.log()[i], Offset(static_cast<int64_t>(i + 1)), &head, &state);
    KeepOnly(kept, &state);
  }
  ComplaintState expected = history.state();
  KeepOnly(kept, &expected);
  EXPECT_EQ(state.SerializeAsString(), expected.SerializeAsString());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistories, ::testing::Range<uint64_t>(1, 13));

}  // namespace
}  // namespace redress
