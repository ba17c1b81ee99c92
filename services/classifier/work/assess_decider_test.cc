// The classifier's machines over the simulated log: complaints in, assessments out.
#include "services/classifier/work/assess_decider.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/event_log/simulated/simulated_log.h"
#include "libs/policy/manifest.h"
#include "libs/policy/published_policy.h"
#include "libs/projection/memory/memory_store.h"
#include "libs/runtime/event_append.h"
#include "libs/runtime/service.h"
#include "libs/simulation/simulated_executor.h"
#include "libs/testing/sample_payloads.h"
#include "redress/event/v1/directory.pb.h"
#include "services/classifier/testing/small_policy.h"

namespace redress::classifier {
namespace {

using event::v1::Assessment;
using event::v1::ComplaintAssessed;
using storage::v1::StageState;

// The classifier as one process.
struct Instance {
  Instance(SimulatedScheduler* scheduler, SimulatedLog* bus, ProjectionStore* store)
      : log(bus->Connect("classifier")), executor(scheduler), random(scheduler->random().Next()) {
    ServiceParts parts;
    parts.name = "classifier";
    parts.projection = &projection;
    parts.decider = &decider;
    parts.kinds = {kAssess};
    parts.owns = {OwnershipKind::kClassifier};
    auto* clock = const_cast<Clock*>(&scheduler->clock());
    service = std::make_unique<Service>(std::move(parts),
                                        Ports{log.get(), store, clock, &random, &executor});
    decider.SetOverlay(&service->projector().overlay());
    executor.Post([this] { EXPECT_TRUE(service->Start().ok()); });
  }
  void Crash() {
    executor.Crash();
    log->Crash();
  }

  std::unique_ptr<SimulatedInstance> log;
  SimulatedExecutor executor;
  SeededRandom random;
  Directory directory;
  TriageEngines engines;
  ClassifierProjection projection{&directory};
  AssessDecider decider{&directory, &engines};
  std::unique_ptr<Service> service;
};

class AssessWork : public ::testing::Test {
 protected:
  void SetUp() override {
    writer_ = bus_.Connect("writer");
    instance_ = std::make_unique<Instance>(&scheduler_, &bus_, store_.get());
  }

  void RunFor(absl::Duration time) {
    const absl::Time until = scheduler_.now() + time;
    while (scheduler_.next_time() <= until && scheduler_.RunOne()) {
    }
  }

  // Appends an event as another service would.
  void Append(const StreamId& stream, google::protobuf::Message* payload, bool opens,
              Version seen = Version(), std::string personal = {}, bool more_follows = false) {
    EventDraft draft;
    draft.payload.reset(payload);
    draft.personal = std::move(personal);
    draft.more_follows = more_follows;
    EventOrigin origin;
    origin.event_id = NewEventId(scheduler_.now(), random_);
    origin.stream = stream;
    origin.request = HashedId<RequestId>({origin.event_id.bytes()});
    origin.opens = opens;
    origin.seen = seen;
    origin.recorded_at_us = ToMicros(scheduler_.now());
    origin.actor.set_kind(event::v1::Actor::PERSON);
    const event::v1::Event event = BuildEvent(origin, draft);
    writer_->Append(PlaceOf(event, *writer_), RecordOf(event), [](AppendOutcome) {});
  }

  ContentHash PublishPolicy(const CompiledPolicy& policy, const std::string& scope = "") {
    const PolicyManifest& manifest = policy.manifest();
    for (const PolicyPart& part : manifest.parts) {
      Append(*StreamId::FromBytes(part.hash.bytes()),
             new event::v1::PolicyPartPublished(PublishedPart(part)), true);
    }
    Append(*StreamId::FromBytes(manifest.hash.bytes()),
           new event::v1::PolicyPublished(PublishedManifest(manifest)), true);
    auto* activated = new event::v1::PolicyActivated;
    activated->set_scope(scope);
    activated->set_manifest(manifest.hash.ToBytes());
    activated->set_effective_from_us(1);
    Append(EntityIdOf("scope", scope), activated, true);
    return manifest.hash;
  }

  ComplaintId Receive(const std::string& name, const std::string& body, bool more_follows = false) {
    const auto complaint = HashedId<ComplaintId>({name});
    auto* received = new event::v1::ComplaintReceived(testing::Received());
    received->set_channel(event::v1::WEB_FORM);
    received->set_region("cn");
    received->add_source_codes("Delivery problem");
    personal::v1::ComplaintReceivedPersonal personal;
    personal.mutable_first_message()->set_body(body);
    personal.add_order_refs("A-10001");
    personal.add_parties()->set_name("Nobody Else");
    Append(complaint, received, true, Version(), personal.SerializeAsString(), more_follows);
    return complaint;
  }

  StageState::Stage StageOf(const ComplaintId& complaint) {
    return (*instance_->service->projector().LoadComplaint(complaint))->state.stage().stage();
  }

  // Effective or not, every ComplaintAssessed of the log.
  std::vector<event::v1::Event> AssessedEvents() {
    std::vector<event::v1::Event> events;
    for (int32_t p = 0; p < bus_.table().count(Topic::kComplaints); ++p) {
      for (const auto& record : bus_.Records({Topic::kComplaints, Partition(p)})) {
        event::v1::Event event;
        if (record->instance == "classifier" &&
            event.ParseFromString(record->record.value.value_or(""))) {
          events.push_back(event);
        }
      }
    }
    return events;
  }

  int RowsOf(char table) {
    int rows = 0;
    const std::string prefix(1, table);
    EXPECT_TRUE(
        store_->Scan(prefix, AfterPrefix(prefix), false, [&](auto, auto) { return ++rows > 0; })
            .ok());
    return rows;
  }

  SimulatedScheduler scheduler_{11};
  SimulatedLog bus_{&scheduler_, {4, 4, 1, 1, 1, 1}};
  SeededRandom random_{5};
  std::unique_ptr<SimulatedInstance> writer_;
  std::unique_ptr<ProjectionStore> store_ = NewMemoryStore();
  std::unique_ptr<Instance> instance_;
};

TEST_F(AssessWork, AssessesAReceivedComplaintOnce) {
  const ContentHash policy = PublishPolicy(*SmallPolicy());
  const ComplaintId complaint =
      Receive("a", "It broke. Where is your manager? Mail jo@example.com");
  RunFor(absl::Seconds(5));
  EXPECT_EQ(StageOf(complaint), StageState::ASSESSED);
  const auto events = AssessedEvents();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].header().policy(), policy.bytes());
  EXPECT_EQ(AspectSet(events[0].header().reads()), PayloadOf<ComplaintAssessed>().reads);
  ComplaintAssessed assessed;
  ASSERT_TRUE(assessed.ParseFromString(events[0].payload()));
  EXPECT_EQ(assessed.assessment().category(0).code(), "product");
  EXPECT_EQ(assessed.assessment().source_codes(0), "Delivery problem");
  EXPECT_EQ(assessed.assessment().assessment_id().size(), 16u);
  ASSERT_EQ(assessed.triggers_size(), 1);
  personal::v1::ComplaintAssessedPersonal personal;
  ASSERT_EQ(events[0].sealed_size(), 1);
  ASSERT_TRUE(personal.ParseFromString(events[0].sealed(0).ciphertext()));
  ASSERT_EQ(personal.entities_size(), 2);
  EXPECT_EQ(personal.entities(0).value(), "A-10001");
  EXPECT_EQ(instance_->service->projector().work().size(), 0u);
}

TEST_F(AssessWork, KeepsTheTextOnlyUntilItIsAssessed) {
  const ComplaintId complaint = Receive("a", "It broke");
  RunFor(absl::Seconds(2));
  EXPECT_EQ(RowsOf(kTextTable), 1) << "no policy yet: it waits";
  const auto row = (*instance_->service->projector().LoadComplaint(complaint))->row;
  const auto text = *FindText(instance_->service->projector().overlay(), row);
  EXPECT_EQ(text->first_message().body(), "It broke");
  EXPECT_EQ(text->parties_size(), 0) << "no more of the person than the words";
  PublishPolicy(*SmallPolicy());
  RunFor(absl::Seconds(5));
  EXPECT_EQ(StageOf(complaint), StageState::ASSESSED);
  EXPECT_EQ(RowsOf(kTextTable), 0);
  EXPECT_EQ(RowsOf(kExplainedTable), 1);
}

TEST_F(AssessWork, WaitsForAPolicyAndItsParts) {
  const ComplaintId complaint = Receive("a", "It broke");
  RunFor(absl::Seconds(2));
  EXPECT_EQ(StageOf(complaint), StageState::RECEIVED);
  EXPECT_TRUE(AssessedEvents().empty());
  auto* activated = new event::v1::PolicyActivated;
  activated->set_manifest(SmallPolicy()->manifest_hash().ToBytes());
  activated->set_effective_from_us(1);
  Append(EntityIdOf("scope", ""), activated, true);
  RunFor(absl::Seconds(2));
  EXPECT_EQ(StageOf(complaint), StageState::RECEIVED) << "activated, but its parts are not folded";
}

TEST_F(AssessWork, TriageIsTheOneInForceForTheRegion) {
  PublishPolicy(*SmallPolicy());
  const ContentHash own = PublishPolicy(*SmallPolicy("base_percent: 20", "base_percent: 33"), "cn");
  RunFor(absl::Seconds(1));
  Receive("a", "It broke");
  RunFor(absl::Seconds(5));
  ASSERT_EQ(AssessedEvents().size(), 1u);
  EXPECT_EQ(AssessedEvents()[0].header().policy(), own.bytes());
}

TEST_F(AssessWork, ImportsWaitUntilTheirHistoryIsComplete) {
  PublishPolicy(*SmallPolicy());
  const ComplaintId complaint = Receive("a", "It broke", true);
  RunFor(absl::Seconds(5));
  EXPECT_EQ(StageOf(complaint), StageState::RECEIVED);
  auto* letter = new event::v1::MessageAdded(testing::Inbound("the last letter"));
  Append(complaint, letter, false, Version(1));
  RunFor(absl::Seconds(5));
  EXPECT_EQ(StageOf(complaint), StageState::ASSESSED)
      << "the latest event says that nothing more follows";
}

TEST_F(AssessWork, AWithdrawnComplaintIsLeftAlone) {
  const ComplaintId complaint = Receive("a", "It broke");
  RunFor(absl::Seconds(1));
  Append(complaint, new event::v1::ComplaintWithdrawn, false, Version(1));
  PublishPolicy(*SmallPolicy());
  RunFor(absl::Seconds(5));
  EXPECT_EQ(StageOf(complaint), StageState::CLOSED);
  EXPECT_TRUE(AssessedEvents().empty());
  Append(complaint, new event::v1::ComplaintReopened(testing::Reopened(2)), false, Version(2));
  RunFor(absl::Seconds(5));
  EXPECT_EQ(StageOf(complaint), StageState::ASSESSED) << "its text was kept for this";
}

TEST_F(AssessWork, ATextUnderAKeyWaits) {
  PublishPolicy(*SmallPolicy());
  event::v1::Event event = BuildEvent(EventOrigin{.event_id = NewEventId(scheduler_.now(), random_),
                                                  .stream = HashedId<StreamId>({"a"}),
                                                  .request = HashedId<RequestId>({"a"}),
                                                  .opens = true,
                                                  .recorded_at_us = ToMicros(scheduler_.now())},
                                      EventDraft::Of(testing::Received(), "sealed bytes"));
  event.mutable_sealed(0)->set_key_id(std::string(16, 'k'));
  writer_->Append(PlaceOf(event, *writer_), RecordOf(event), [](AppendOutcome) {});
  RunFor(absl::Seconds(5));
  EXPECT_EQ(StageOf(HashedId<StreamId>({"a"})), StageState::RECEIVED);
  EXPECT_TRUE(AssessedEvents().empty());
}

TEST_F(AssessWork, WhatAPersonSetIsNeverOverwritten) {
  storage::v1::ComplaintState state;
  state.mutable_stage()->set_stage(StageState::RECEIVED);
  state.mutable_assessment()->add_pinned("severity");
  ComplaintRow row;
  StateView view(state, instance_->projection.kept());
  const WorkAnswer answer =
      instance_->decider.Decide(WorkItem{.kind = kAssess}, row, view, scheduler_.now());
  EXPECT_TRUE(std::holds_alternative<WorkIsStale>(answer));
}

TEST_F(AssessWork, TwoInstancesAndFaultsYieldOneEffectEach) {
  const auto store = NewMemoryStore();
  Instance second(&scheduler_, &bus_, store.get());
  SimulatedFaults faults;
  faults.max_append_delay = absl::Milliseconds(40);
  faults.max_delivery_delay = absl::Milliseconds(40);
  faults.lost = 50;
  faults.unknown_persisted = 50;
  faults.unknown_lost = 50;
  faults.unknown_late = 50;
  faults.duplicate = 100;
  PublishPolicy(*SmallPolicy());
  std::vector<ComplaintId> complaints;
  for (int i = 0; i < 40; ++i) complaints.push_back(Receive("c" + std::to_string(i), "It broke"));
  bus_.set_faults(faults);
  RunFor(absl::Seconds(30));
  bus_.set_faults({});
  RunFor(absl::Seconds(60));
  for (const ComplaintId& complaint : complaints) {
    EXPECT_EQ(StageOf(complaint), StageState::ASSESSED);
    EXPECT_EQ((*instance_->service->projector().LoadComplaint(complaint))->head.version(),
              Version(2));
  }
  EXPECT_EQ(instance_->service->counters().duplicate_with_row, 0u);
  EXPECT_EQ(RowsOf(kTextTable), 0);
}

TEST_F(AssessWork, RestartTakesUpWhatWasLeft) {
  for (int i = 0; i < 10; ++i) Receive("c" + std::to_string(i), "It broke");
  RunFor(absl::Seconds(1));
  instance_->Crash();
  instance_ = std::make_unique<Instance>(&scheduler_, &bus_, store_.get());
  PublishPolicy(*SmallPolicy());
  RunFor(absl::Seconds(10));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(StageOf(HashedId<ComplaintId>({"c" + std::to_string(i)})), StageState::ASSESSED);
  }
  EXPECT_EQ(AssessedEvents().size(), 10u);
}

}  // namespace
}  // namespace redress::classifier
