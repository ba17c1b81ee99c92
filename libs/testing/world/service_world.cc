#include "libs/testing/world/service_world.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_split.h"
#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/domain/decision.h"
#include "libs/policy/manifest.h"
#include "libs/policy/policy_yaml.h"
#include "libs/policy/published_policy.h"
#include "libs/runtime/event_append.h"
#include "libs/testing/given.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/event/v1/intake.pb.h"

namespace redress::testing {

namespace {

constexpr absl::Duration kTick = absl::Minutes(1);

}  // namespace

policy::v1::Policy DefaultPolicy() {
  static const policy::v1::Policy& loaded = *[] {
    const char* root = std::getenv("REDRESS_SOURCE_DIR");
    const std::string path =
        std::string(root == nullptr ? "." : root) + "/deploy/policy/default.yaml";
    std::ifstream file(path);
    std::stringstream yaml;
    yaml << file.rdbuf();
    auto policy = LoadPolicyYaml(yaml.str(), path);
    if (!policy.ok()) std::cerr << policy.status() << "\n";
    REDRESS_CHECK(policy.ok());
    return new policy::v1::Policy(*std::move(policy));
  }();
  return loaded;
}

absl::Time At(std::string_view local, std::string_view zone) {
  absl::TimeZone tz;
  REDRESS_CHECK(absl::LoadTimeZone(Absl(zone), &tz));
  absl::Time time;
  std::string error;
  REDRESS_CHECK(absl::ParseTime("%Y-%m-%d %H:%M", Absl(local), tz, &time, &error));
  return time;
}

ServiceWorld::Instance::Instance(const std::string& name, const Maker& maker,
                                 SimulatedScheduler* scheduler, SimulatedLog* bus,
                                 ProjectionStore* store)
    : log(bus->Connect(name)),
      executor(scheduler),
      random(scheduler->random().Next()),
      under_test(maker()) {
  ServiceParts parts = under_test->Parts();
  parts.name = name;
  auto* clock = const_cast<Clock*>(&scheduler->clock());
  service = std::make_unique<Service>(std::move(parts),
                                      Ports{log.get(), store, clock, &random, &executor});
  under_test->OnMade(*service);
  executor.Post([this] { started = service->Start(); });
  executor.PostAfter(kTick, [this] { Tick(); });
}

// As the module does, so that timers that come into the window are read while nothing else happens.
void ServiceWorld::Instance::Tick() {
  service->Pump();
  executor.PostAfter(kTick, [this] { Tick(); });
}

ServiceWorld::ServiceWorld(std::string name, Maker maker, absl::Time start)
    : name_(std::move(name)),
      maker_(std::move(maker)),
      scheduler_(5, start),
      bus_(&scheduler_, {4, 4, 1, 1, 1, 1}),
      random_(11),
      hand_(bus_.Connect("hand")) {
  Start();
}

ServiceWorld::~ServiceWorld() { Crash(); }

void ServiceWorld::Start() {
  instance_ = std::make_unique<Instance>(name_, maker_, &scheduler_, &bus_, store_.get());
  RunFor(absl::Milliseconds(100));
  REDRESS_CHECK(instance_->started.ok());
}

void ServiceWorld::Crash() {
  if (instance_ == nullptr) return;
  instance_->executor.Crash();
  instance_->log->Crash();
  instance_.reset();
}

void ServiceWorld::Flush() { REDRESS_CHECK(service().projector().Flush().ok()); }

void ServiceWorld::RunUntil(absl::Time time) {
  while (scheduler_.next_time() <= time && scheduler_.RunOne()) {
  }
  // Nothing more happens before `time`: let it come.
  if (now() < time) {
    scheduler_.At(time, [] {});
    scheduler_.RunOne();
  }
}

void ServiceWorld::AppendRaw(const event::v1::Event& event) {
  bool appended = false;
  hand_->Append(PlaceOf(event, *hand_), RecordOf(event), [&](AppendOutcome outcome) {
    REDRESS_CHECK(outcome.kind == AppendOutcome::Kind::kAppended);
    appended = true;
  });
  RunFor(absl::Milliseconds(20));
  REDRESS_CHECK(appended);
}

void ServiceWorld::AppendEntity(const EntityId& id, const google::protobuf::Message& payload) {
  Version& version = entities_[id];
  EventOrigin origin;
  origin.event_id = NewEventId(now(), random_);
  origin.stream = id;
  origin.request = HashedId<RequestId>({"by hand", origin.event_id.bytes()});
  origin.opens = version == Version(0);
  origin.seen = version;
  origin.recorded_at_us = ToMicros(now());
  EventDraft draft;
  draft.payload.reset(payload.New());
  draft.payload->CopyFrom(payload);
  AppendRaw(BuildEvent(origin, draft));
  version = version.Next();
}

void ServiceWorld::Activate(const ContentHash& manifest, const std::string& scope) {
  event::v1::PolicyActivated activated;
  activated.set_scope(scope);
  activated.set_manifest(manifest.ToBytes());
  activated.set_effective_from_us(ToMicros(now()));
  AppendEntity(EntityIdOf("scope", scope), activated);
}

ContentHash ServiceWorld::Publish(const policy::v1::Policy& policy) {
  const PolicyManifest manifest = MakeManifest(policy);
  for (const PolicyPart& part : manifest.parts) {
    const EntityId entity = EntityId::FromBytesOrNone(part.hash.bytes());
    // What an earlier policy has in common with this one is there already.
    if (entities_.count(entity) == 0) AppendEntity(entity, PublishedPart(part));
  }
  AppendEntity(EntityId::FromBytesOrNone(manifest.hash.bytes()), PublishedManifest(manifest));
  manifest_ = manifest.hash;
  return manifest_;
}

ComplaintId ServiceWorld::Receive(std::string_view name, const Reception& reception) {
  const auto complaint = HashedId<ComplaintId>({"complaint", name});
  event::v1::ComplaintReceived received;
  received.set_tracking_code(TrackingCodeOf(complaint));
  received.set_channel(event::v1::MAIL);
  const absl::Time at =
      reception.received_at == absl::InfinitePast() ? now() : reception.received_at;
  received.set_received_at_us(ToMicros(at));
  received.set_region(reception.region);
  received.set_product_line(reception.product_line);
  auto* message = received.mutable_first_message();
  message->set_message_id(HashedId<EventId>({"first", name}).ToBytes());
  message->set_direction(event::v1::Message::INBOUND);
  message->set_language(reception.language);
  more_follows_ = reception.more_follows;
  Append(complaint, received, at);
  return complaint;
}

event::v1::ComplaintAssessed ServiceWorld::Assessed(uint32_t level,
                                                    std::string_view category) const {
  event::v1::ComplaintAssessed assessed;
  auto* assessment = assessed.mutable_assessment();
  assessment->set_assessment_id(std::string(16, 'a'));
  for (absl::string_view code : absl::StrSplit(Absl(category), '/')) {
    auto* part = assessment->add_category();
    part->set_code(std::string(code));
    part->set_permille(1000);
  }
  assessment->set_severity(3);
  assessment->set_urgency(3);
  assessment->set_impact(2);
  assessment->set_complexity(2);
  assessment->set_level(level);
  assessment->mutable_priority()->set_band(3);
  assessment->set_customer_value_tier("standard");
  return assessed;
}

void ServiceWorld::Append(const ComplaintId& complaint, const google::protobuf::Message& payload,
                          absl::Time occurred_at, event::v1::Actor::Kind actor) {
  EventOrigin origin;
  origin.event_id = NewEventId(now(), random_);
  origin.stream = complaint;
  origin.request = HashedId<RequestId>({"by hand", origin.event_id.bytes()});
  origin.opens = PayloadOf(payload).opens == event::v1::ALWAYS;
  origin.recorded_at_us = ToMicros(now());
  origin.actor.set_kind(actor);
  origin.policy = manifest_;
  const auto before = History(complaint).size();
  origin.seen = Version(before);
  EventDraft draft;
  draft.payload.reset(payload.New());
  draft.payload->CopyFrom(payload);
  if (occurred_at != absl::InfinitePast()) draft.occurred_at_us = ToMicros(occurred_at);
  draft.more_follows = more_follows_;
  more_follows_ = false;
  AppendRaw(BuildEvent(origin, draft));
  REDRESS_CHECK(History(complaint).size() > before);
}

void ServiceWorld::Inbound(const ComplaintId& complaint, std::string_view name) {
  event::v1::MessageAdded added;
  added.mutable_message()->set_message_id(HashedId<EventId>({"inbound", name}).ToBytes());
  added.mutable_message()->set_direction(event::v1::Message::INBOUND);
  added.set_by_complainant_side(true);
  Append(complaint, added);
}

void ServiceWorld::Outbound(const ComplaintId& complaint, std::string_view name) {
  event::v1::MessageAdded added;
  added.mutable_message()->set_message_id(HashedId<EventId>({"outbound", name}).ToBytes());
  added.mutable_message()->set_direction(event::v1::Message::OUTBOUND);
  Append(complaint, added);
}

struct ServiceWorld::Folded {
  Head head;
  storage::v1::ComplaintState state;
  std::vector<Effective> effective;
  int voids = 0;
};

ServiceWorld::Folded ServiceWorld::FoldLog(const ComplaintId& complaint) const {
  Folded folded;
  for (int32_t p = 0; p < 4; ++p) {
    for (const auto& stored : bus_.Records({Topic::kComplaints, Partition(p)})) {
      event::v1::Event event;
      if (!stored->record.value || !event.ParseFromString(*stored->record.value)) continue;
      if (event.header().stream_id() != complaint.bytes()) continue;
      if (JudgeAndFold(event, stored->offset, &folded.head, &folded.state) == Verdict::kEffective) {
        const absl::Time at = FromMicros(event.header().recorded_at_us());
        folded.effective.push_back({std::move(event), at});
      } else {
        ++folded.voids;
      }
    }
  }
  return folded;
}

std::vector<ServiceWorld::Effective> ServiceWorld::History(const ComplaintId& complaint) const {
  return FoldLog(complaint).effective;
}

storage::v1::ComplaintState ServiceWorld::StateOf(const ComplaintId& complaint) const {
  return FoldLog(complaint).state;
}

int ServiceWorld::Voids(const ComplaintId& complaint) const { return FoldLog(complaint).voids; }

std::string ServiceWorld::Story(const ComplaintId& complaint) const {
  std::string story;
  for (const Effective& entry : History(complaint)) {
    const PayloadInfo* info = FindPayload(entry.event.type());
    REDRESS_CHECK(info != nullptr);
    if (!story.empty()) story += ' ';
    story += info->name;
  }
  return story;
}

}  // namespace redress::testing
