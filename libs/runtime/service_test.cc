// The machines together, over the simulated log: one instance that takes commands and one that
// works, first in calm, then with every fault the log can produce.
#include "libs/runtime/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "libs/event_log/simulated/simulated_log.h"
#include "libs/projection/memory/memory_store.h"
#include "libs/simulation/simulated_executor.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/intake.pb.h"

namespace redress {
namespace {

constexpr WorkKind kAssess = 1;
// Timers, of which there are none: the service only looks for them every few minutes.
constexpr WorkKind kReminder = 2;

// Keeps everything; a complaint that is received waits for its assessment.
class TestProjection final : public Projection {
 public:
  AspectSet kept() const override { return AspectSet::All(); }
  void WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const override {
    if (row.state.stage().stage() != storage::v1::StageState::RECEIVED) return;
    WorkItem item;
    item.kind = kAssess;
    item.order = row.state.stage().received_at_us();
    item.cause = EventId::FromBytesOrNone(row.state.stage().entered_by());
    work->push_back(item);
  }
  std::set<WorkKind> timer_kinds() const override { return {kReminder}; }
  std::vector<Topic> topics() const override {
    return {Topic::kDirectory, Topic::kComplaints, Topic::kInbound};
  }
  std::vector<Topic> supply() const override { return {Topic::kInbound}; }
  size_t supplied_to_others(absl::Time) override { return others_have; }
  absl::Status OnPlainRecord(const RecordView& record, Ordinal, Rows) override {
    messages.push_back(record.offset.value());
    return absl::OkStatus();
  }

  // Offsets of the inbound messages folded since the start.
  std::vector<int64_t> messages;
  size_t others_have = 0;
};

class TestDecider final : public WorkDecider {
 public:
  std::string_view KindName(WorkKind) const override { return "assess"; }
  OwnershipKind OwnerOf(WorkKind) const override { return OwnershipKind::kClassifier; }
  WorkAnswer Decide(const WorkItem&, const ComplaintRow& row, StateView& view,
                    absl::Time) override {
    if (view.stage().stage() != storage::v1::StageState::RECEIVED) return WorkIsStale{};
    view.assessment();
    event::v1::ComplaintAssessed assessed;
    assessed.mutable_assessment()->set_assessment_id(row.id.ToBytes());
    assessed.mutable_assessment()->set_level(1);
    WorkEvent answer;
    answer.draft = EventDraft::Of(std::move(assessed));
    return answer;
  }
};

// One process: a service with commands and work.
struct Instance {
  Instance(SimulatedScheduler* scheduler, SimulatedLog* bus, ProjectionStore* store)
      : log(bus->Connect("test")),
        executor(scheduler),
        random(scheduler->random().Next()),
        clock(&scheduler->clock()) {
    ServiceParts parts;
    parts.name = "test";
    parts.projection = &projection;
    parts.decider = &decider;
    parts.kinds = {kAssess};
    parts.owns = {OwnershipKind::kClassifier};
    parts.takes_commands = true;
    service = std::make_unique<Service>(std::move(parts),
                                        Ports{log.get(), store, clock_port(), &random, &executor});
    executor.Post([this] { started = service->Start(); });
  }
  Clock* clock_port() { return const_cast<Clock*>(clock); }
  void Crash() {
    executor.Crash();
    log->Crash();
  }

  std::unique_ptr<SimulatedInstance> log;
  SimulatedExecutor executor;
  SeededRandom random;
  const Clock* clock;
  TestProjection projection;
  TestDecider decider;
  std::unique_ptr<Service> service;
  absl::Status started;
};

class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    instance_ = std::make_unique<Instance>(&scheduler_, &bus_, store_.get());
  }

  void RunFor(absl::Duration time) {
    const absl::Time until = scheduler_.now() + time;
    while (scheduler_.next_time() <= until && scheduler_.RunOne()) {
    }
  }

  Command Base(const std::string& complaint, const std::string& request) {
    Command command;
    command.stream = HashedId<StreamId>({complaint});
    command.request = HashedId<RequestId>({complaint, request});
    command.command_hash = HashOf(request);
    command.actor.set_kind(event::v1::Actor::PERSON);
    command.deadline = scheduler_.now() + absl::Seconds(20);
    return command;
  }

  Command Receive(const std::string& complaint, const std::string& request = "receive") {
    Command command = Base(complaint, request);
    command.may_open = true;
    command.type = 1;
    command.decide = [](StateView& view,
                        const CommandContext& context) -> absl::StatusOr<Decision> {
      if (context.complaint->head.exists()) return Refusal{event::v1::CommandRefused::EXISTS, {}};
      event::v1::ComplaintReceived received;
      received.set_received_at_us(ToMicros(context.now));
      return EventDraft::Of(std::move(received));
    };
    return command;
  }

  Command Withdraw(const std::string& complaint, const std::string& request) {
    Command command = Base(complaint, request);
    command.type = 49;
    command.decide = [](StateView& view, const CommandContext&) -> absl::StatusOr<Decision> {
      const auto stage = view.stage().stage();
      if (stage == storage::v1::StageState::CLOSED)
        return Refusal{event::v1::CommandRefused::STAGE_FORBIDS, {}};
      return EventDraft::Of(event::v1::ComplaintWithdrawn());
    };
    return command;
  }

  absl::StatusOr<CommandOutcome> Call(Command command) {
    absl::StatusOr<CommandOutcome> result = absl::UnknownError("no answer");
    bool answered = false;
    instance_->executor.Post([this, &result, &answered, command = std::move(command)] {
      instance_->service->commands()->Submit(command, [&](absl::StatusOr<CommandOutcome> outcome) {
        EXPECT_FALSE(answered);
        answered = true;
        result = std::move(outcome);
      });
      instance_->service->Pump();
    });
    RunFor(absl::Seconds(40));
    return result;
  }

  storage::v1::StageState::Stage StageOf(const std::string& complaint) {
    auto row = instance_->service->projector().LoadComplaint(HashedId<StreamId>({complaint}));
    return (*row)->state.stage().stage();
  }

  SimulatedScheduler scheduler_{7};
  SimulatedLog bus_{&scheduler_, {4, 4, 1, 1, 1, 1}};
  std::unique_ptr<ProjectionStore> store_ = NewMemoryStore();
  std::unique_ptr<Instance> instance_;
};

TEST_F(ServiceTest, AnswersACommandAfterItsEventWasReadBack) {
  RunFor(absl::Seconds(1));
  ASSERT_TRUE(instance_->started.ok()) << instance_->started;
  const auto outcome = Call(Receive("a"));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_FALSE(outcome->refused);
  EXPECT_FALSE(outcome->replayed);
  EXPECT_EQ(outcome->version, Version(1));
}

TEST_F(ServiceTest, WorkIsAnsweredOnceAndItsRowGoesWithTheFold) {
  RunFor(absl::Seconds(1));
  ASSERT_TRUE(Call(Receive("a")).ok());
  EXPECT_EQ(StageOf("a"), storage::v1::StageState::ASSESSED);
  EXPECT_EQ(instance_->service->projector().work().size(), 0u);
  EXPECT_TRUE(instance_->service->actor()->idle());
  EXPECT_EQ(instance_->service->counters().illegal_transitions, 0u);
}

TEST_F(ServiceTest, TheSameRequestIdHasOneOutcomeForEver) {
  RunFor(absl::Seconds(1));
  const auto first = Call(Receive("a"));
  const auto again = Call(Receive("a"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->event, first->event);
  Command other_body = Receive("a");
  other_body.command_hash = HashOf("another body");
  EXPECT_EQ(ReasonOf(Call(other_body).status()), reason::kRequestIdReused);
}

TEST_F(ServiceTest, ARefusalIsAnEventAndIsReplayedAsOne) {
  RunFor(absl::Seconds(1));
  ASSERT_TRUE(Call(Receive("a")).ok());
  ASSERT_FALSE(Call(Withdraw("a", "w1"))->refused);
  const auto refused = Call(Withdraw("a", "w2"));
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_TRUE(refused->refused);
  EXPECT_EQ(refused->refusal.code, event::v1::CommandRefused::STAGE_FORBIDS);
  const auto again = Call(Withdraw("a", "w2"));
  EXPECT_TRUE(again->refused);
  EXPECT_TRUE(again->replayed);
}

TEST_F(ServiceTest, AMissingComplaintIsNotFoundWithoutAnEvent) {
  RunFor(absl::Seconds(1));
  EXPECT_TRUE(absl::IsNotFound(Call(Withdraw("nobody", "w")).status()));
}

TEST_F(ServiceTest, AStaleEtagIsAbortedAndNamesWhatChanged) {
  RunFor(absl::Seconds(1));
  const auto received = Call(Receive("a"));
  Command withdraw = Withdraw("a", "w");
  // Taken before the assessment, which wrote the stage.
  withdraw.etag = Etag{bus_.log_id(), withdraw.stream, Version(1)};
  const auto outcome = Call(withdraw);
  EXPECT_EQ(ReasonOf(outcome.status()), reason::kChanged);
  EXPECT_THAT(ErrorMetadataOf(outcome.status(), "aspects").value_or(""),
              ::testing::HasSubstr("stage"));
}

TEST_F(ServiceTest, ALostAppendIsDecidedAgainWithTheSameRequestId) {
  RunFor(absl::Seconds(1));
  for (SimulatedFault fault : {SimulatedFault::kUnknownPersisted, SimulatedFault::kUnknownLost,
                               SimulatedFault::kUnknownLate}) {
    const std::string name = "fault" + std::to_string(static_cast<int>(fault));
    bus_.FailNextAppend(fault);
    const auto outcome = Call(Receive(name));
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(StageOf(name), storage::v1::StageState::ASSESSED);
  }
}

TEST_F(ServiceTest, ARestartContinuesFromTheLastFlushWithoutSecondEffects) {
  RunFor(absl::Seconds(1));
  ASSERT_TRUE(Call(Receive("a")).ok());
  ASSERT_TRUE(Call(Receive("b")).ok());
  instance_->Crash();
  instance_ = std::make_unique<Instance>(&scheduler_, &bus_, store_.get());
  RunFor(absl::Seconds(5));
  ASSERT_TRUE(instance_->started.ok()) << instance_->started;
  EXPECT_EQ(StageOf("a"), storage::v1::StageState::ASSESSED);
  const auto again = Call(Receive("a"));
  EXPECT_TRUE(again->replayed);
}

TEST_F(ServiceTest, UnderFaultsEveryCommandHasOneOutcomeAndWorkEnds) {
  SimulatedFaults faults;
  faults.max_append_delay = absl::Milliseconds(50);
  faults.max_delivery_delay = absl::Milliseconds(50);
  faults.lost = 30;
  faults.unknown_persisted = 30;
  faults.unknown_lost = 30;
  faults.unknown_late = 30;
  faults.duplicate = 100;
  faults.overtaken = 100;
  faults.gap = 100;
  faults.partial_batch = 200;
  bus_.set_faults(faults);
  RunFor(absl::Seconds(1));
  for (int i = 0; i < 60; ++i) {
    const auto outcome = Call(Receive("c" + std::to_string(i)));
    if (!outcome.ok()) {
      EXPECT_TRUE(absl::IsUnavailable(outcome.status()) || absl::IsAborted(outcome.status()))
          << outcome.status();
    }
  }
  bus_.set_faults({});
  RunFor(absl::Seconds(60));
  for (int i = 0; i < 60; ++i) {
    const std::string name = "c" + std::to_string(i);
    const auto outcome = Call(Receive(name));
    ASSERT_TRUE(outcome.ok()) << name << " " << outcome.status();
    EXPECT_EQ(StageOf(name), storage::v1::StageState::ASSESSED);
  }
  EXPECT_TRUE(instance_->service->actor()->idle());
  EXPECT_EQ(instance_->service->counters().duplicate_with_row, 0u);
}

TEST_F(ServiceTest, OfSeveralInstancesExactlyOneCountsWhatHappensInAUnit) {
  const std::unique_ptr<ProjectionStore> other_store = NewMemoryStore();
  Instance other(&scheduler_, &bus_, other_store.get());
  instance_->log->SetOwned(OwnershipKind::kClassifier, {Partition(0), Partition(1)});
  other.log->SetOwned(OwnershipKind::kClassifier, {Partition(2), Partition(3)});
  const auto counting = [&](int32_t unit) {
    return int{instance_->service->Counts(OwnershipKind::kClassifier, Partition(unit))} +
           int{other.service->Counts(OwnershipKind::kClassifier, Partition(unit))};
  };
  for (int32_t unit = 0; unit < 4; ++unit)
    EXPECT_EQ(counting(unit), 0) << "nobody before it has read the log";
  RunFor(absl::Seconds(5));
  for (int32_t unit = 0; unit < 4; ++unit) EXPECT_EQ(counting(unit), 1) << unit;
  EXPECT_FALSE(instance_->service->Counts(OwnershipKind::kRouter, Partition(0))) << "not its work";
  instance_->log->SetOwned(OwnershipKind::kClassifier, {});
  other.log->SetOwned(OwnershipKind::kClassifier,
                      {Partition(0), Partition(1), Partition(2), Partition(3)});
  RunFor(absl::Seconds(1));
  for (int32_t unit = 0; unit < 4; ++unit) {
    EXPECT_TRUE(other.service->Counts(OwnershipKind::kClassifier, Partition(unit)));
    EXPECT_FALSE(instance_->service->Counts(OwnershipKind::kClassifier, Partition(unit)));
  }
  other.Crash();
}

TEST_F(ServiceTest, WhatItAsksToBeWokenForDoesNotPileUp) {
  RunFor(absl::Seconds(1));
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(Call(Receive(std::to_string(i))).ok());
  }
  RunFor(absl::Minutes(1));
  EXPECT_LT(scheduler_.pending(), 10u);
}

class SupplyTest : public ServiceTest {
 protected:
  static constexpr TopicPartition kInbound{Topic::kInbound, Partition(0)};

  void Publish(int messages) {
    for (int i = 0; i < messages; ++i) {
      Record record;
      record.value = "a message";
      adapter_->Append(kInbound, std::move(record), [](AppendOutcome) {});
    }
    RunFor(absl::Seconds(5));
  }

  const std::unique_ptr<SimulatedInstance> adapter_ = bus_.Connect("adapter");
};

TEST_F(SupplyTest, WaitsOnTheLogWhileOthersHaveEnoughToDo) {
  RunFor(absl::Seconds(1));
  instance_->projection.others_have = Projector::Options().most_work_ahead;
  Publish(3);
  EXPECT_THAT(instance_->projection.messages, ::testing::IsEmpty());
  ASSERT_TRUE(Call(Receive("a")).ok()) << "everything else goes on";
  EXPECT_EQ(StageOf("a"), storage::v1::StageState::ASSESSED);
  instance_->projection.others_have -= 2;
  RunFor(absl::Seconds(1));
  EXPECT_THAT(instance_->projection.messages, ::testing::ElementsAre(1, 2, 3))
      << "nothing else has to happen for it to be looked at again";
}

TEST_F(SupplyTest, IsReadForWhoeverWaitsForWhatLiesThere) {
  RunFor(absl::Seconds(1));
  instance_->projection.others_have = Projector::Options().most_work_ahead;
  Publish(3);
  bool folded = false;
  instance_->executor.Post([&] {
    instance_->service->projector().WhenFolded(kInbound, Offset(3), FoldWaits::Until::kFolded,
                                               [&] { folded = true; });
    instance_->service->Pump();
  });
  RunFor(absl::Seconds(1));
  EXPECT_TRUE(folded);
}

TEST_F(SupplyTest, IsReadToItsEndAtTheStart) {
  RunFor(absl::Seconds(1));
  instance_->Crash();
  Publish(3);
  instance_ = std::make_unique<Instance>(&scheduler_, &bus_, store_.get());
  instance_->projection.others_have = Projector::Options().most_work_ahead;
  RunFor(absl::Seconds(5));
  EXPECT_TRUE(instance_->service->projector().caught_up());
  EXPECT_THAT(instance_->projection.messages, ::testing::ElementsAre(1, 2, 3));
}

TEST_F(ServiceTest, AnInstanceAwayForLongerThanMessagesAreKeptGoesOnWithTheOldest) {
  const TopicPartition inbound{Topic::kInbound, Partition(0)};
  const auto adapter = bus_.Connect("adapter");
  const auto publish = [&](int messages) {
    for (int i = 0; i < messages; ++i) {
      Record record;
      record.value = "a message";
      adapter->Append(inbound, std::move(record), [](AppendOutcome) {});
    }
    RunFor(absl::Seconds(5));
  };
  publish(5);
  EXPECT_THAT(instance_->projection.messages, ::testing::ElementsAre(1, 2, 3, 4, 5));
  instance_->Crash();
  publish(3);
  bus_.Trim(inbound, Offset(8));
  instance_ = std::make_unique<Instance>(&scheduler_, &bus_, store_.get());
  RunFor(absl::Seconds(5));
  EXPECT_TRUE(instance_->started.ok()) << instance_->started;
  EXPECT_THAT(instance_->projection.messages, ::testing::ElementsAre(8));
  EXPECT_EQ(instance_->service->counters().trimmed_records, 2u) << "it is counted and shown";
}

TEST_F(ServiceTest, AProjectionOfAnotherLogIsRefused) {
  RunFor(absl::Seconds(1));
  ASSERT_TRUE(Call(Receive("a")).ok());
  SimulatedScheduler other_scheduler(99);
  SimulatedLog other(&other_scheduler, {4, 4, 1, 1, 1, 1});
  Instance wrong(&other_scheduler, &other, store_.get());
  while (other_scheduler.RunOne() && other_scheduler.now() < scheduler_.now()) {
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(wrong.started)) << wrong.started;
}

}  // namespace
}  // namespace redress
