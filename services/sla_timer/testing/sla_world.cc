#include "services/sla_timer/testing/sla_world.h"

#include <gtest/gtest.h>

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
#include "libs/runtime/event_append.h"
#include "libs/testing/given.h"
#include "redress/event/v1/directory.pb.h"

namespace redress::sla_timer {

namespace {

constexpr absl::Duration kTick = absl::Minutes(1);

}  // namespace

policy::v1::Policy DefaultPolicy() {
  static const policy::v1::Policy& loaded = *[] {
    const char* root = std::getenv("REDRESS_SOURCE_DIR");
    const std::string path = std::string(root == nullptr ? "." : root) + "/deploy/policy/default.yaml";
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

SlaWorld::Instance::Instance(SimulatedScheduler* scheduler, SimulatedLog* bus, ProjectionStore* store)
    : log(bus->Connect("sla-timer")), executor(scheduler), random(scheduler->random().Next()) {
  ServiceParts parts;
  parts.name = "sla-timer";
  parts.projection = &projection;
  parts.decider = &decider;
  parts.kinds = SlaKindsInOrder();
  parts.owns = {OwnershipKind::kSlaTimer};
  auto* clock = const_cast<Clock*>(&scheduler->clock());
  service = std::make_unique<Service>(std::move(parts), Ports{log.get(), store, clock, &random, &executor});
  executor.Post([this] { started = service->Start(); });
  executor.PostAfter(kTick, [this] { Tick(); });
}

// As the module does, so that timers that come into the window are read while nothing else happens.
void SlaWorld::Instance::Tick() {
  service->Pump();
  executor.PostAfter(kTick, [this] { Tick(); });
}

SlaWorld::SlaWorld(absl::Time start)
    : scheduler_(5, start), bus_(&scheduler_, {4, 4, 1, 1, 1, 1}), random_(11), hand_(bus_.Connect("hand")) {
  Start();
}

SlaWorld::~SlaWorld() { Crash(); }

void SlaWorld::Start() {
  instance_ = std::make_unique<Instance>(&scheduler_, &bus_, store_.get());
  RunFor(absl::Milliseconds(100));
  REDRESS_CHECK(instance_->started.ok());
}

void SlaWorld::Crash() {
  if (instance_ == nullptr) return;
  instance_->executor.Crash();
  instance_->log->Crash();
  instance_.reset();
}

void SlaWorld::Flush() { REDRESS_CHECK(service().projector().Flush().ok()); }

void SlaWorld::RunUntil(absl::Time time) {
  while (scheduler_.next_time() <= time && scheduler_.RunOne()) {
  }
  // Nothing more happens before `time`: let it come.
  if (now() < time) {
    scheduler_.At(time, [] {});
    scheduler_.RunOne();
  }
}

void SlaWorld::AppendRaw(const event::v1::Event& event) {
  bool appended = false;
  hand_->Append(PlaceOf(event, *hand_), RecordOf(event), [&](AppendOutcome outcome) {
    REDRESS_CHECK(outcome.kind == AppendOutcome::Kind::kAppended);
    appended = true;
  });
  RunFor(absl::Milliseconds(20));
  REDRESS_CHECK(appended);
}

void SlaWorld::OpenEntity(const EntityId& id, const google::protobuf::Message& payload) {
  EventOrigin origin;
  origin.event_id = NewEventId(now(), random_);
  origin.stream = id;
  origin.request = HashedId<RequestId>({"publish", id.bytes()});
  origin.opens = true;
  origin.recorded_at_us = ToMicros(now());
  EventDraft draft;
  draft.payload.reset(payload.New());
  draft.payload->CopyFrom(payload);
  AppendRaw(BuildEvent(origin, draft));
}

ContentHash SlaWorld::Publish(const policy::v1::Policy& policy) {
  const PolicyManifest manifest = MakeManifest(policy);
  event::v1::PolicyPublished published;
  published.set_manifest(manifest.hash.ToBytes());
  for (const PolicyPart& part : manifest.parts) {
    auto* entry = published.add_parts();
    entry->set_part(part.part);
    entry->set_code(part.code);
    entry->set_hash(part.hash.ToBytes());
    event::v1::PolicyPartPublished payload;
    payload.set_part(part.part);
    payload.set_code(part.code);
    payload.set_hash(part.hash.ToBytes());
    payload.set_content(part.content);
    OpenEntity(EntityId::FromBytesOrNone(part.hash.bytes()), payload);
  }
  OpenEntity(EntityId::FromBytesOrNone(manifest.hash.bytes()), published);
  manifest_ = manifest.hash;
  return manifest_;
}

ComplaintId SlaWorld::Receive(std::string_view name, const Reception& reception) {
  const auto complaint = HashedId<ComplaintId>({"complaint", name});
  event::v1::ComplaintReceived received;
  received.set_tracking_code(TrackingCodeOf(complaint));
  received.set_channel(event::v1::MAIL);
  const absl::Time at = reception.received_at == absl::InfinitePast() ? now() : reception.received_at;
  received.set_received_at_us(ToMicros(at));
  received.set_region(reception.region);
  received.set_product_line(reception.product_line);
  auto* message = received.mutable_first_message();
  message->set_message_id(HashedId<EventId>({"first", name}).ToBytes());
  message->set_direction(event::v1::Message::INBOUND);
  message->set_language(reception.language);
  Append(complaint, received, at);
  return complaint;
}

event::v1::ComplaintAssessed SlaWorld::Assessed(uint32_t level, std::string_view category) const {
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

void SlaWorld::Append(const ComplaintId& complaint, const google::protobuf::Message& payload,
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
  AppendRaw(BuildEvent(origin, draft));
  REDRESS_CHECK(History(complaint).size() > before);
}

void SlaWorld::Inbound(const ComplaintId& complaint, std::string_view name) {
  event::v1::MessageAdded added;
  added.mutable_message()->set_message_id(HashedId<EventId>({"inbound", name}).ToBytes());
  added.mutable_message()->set_direction(event::v1::Message::INBOUND);
  added.set_by_complainant_side(true);
  Append(complaint, added);
}

void SlaWorld::Outbound(const ComplaintId& complaint, std::string_view name) {
  event::v1::MessageAdded added;
  added.mutable_message()->set_message_id(HashedId<EventId>({"outbound", name}).ToBytes());
  added.mutable_message()->set_direction(event::v1::Message::OUTBOUND);
  Append(complaint, added);
}

struct SlaWorld::Folded {
  Head head;
  storage::v1::ComplaintState state;
  std::vector<Effective> effective;
  int voids = 0;
};

SlaWorld::Folded SlaWorld::FoldLog(const ComplaintId& complaint) const {
  Folded folded;
  for (int32_t p = 0; p < 4; ++p) {
    for (const auto& stored : bus_.Records({Topic::kComplaints, Partition(p)})) {
      event::v1::Event event;
      if (!stored->record.value || !event.ParseFromString(*stored->record.value)) continue;
      if (event.header().stream_id() != complaint.bytes()) continue;
      if (testing::JudgeAndFold(event, stored->offset, &folded.head, &folded.state) == Verdict::kEffective) {
        const absl::Time at = FromMicros(event.header().recorded_at_us());
        folded.effective.push_back({std::move(event), at});
      } else {
        ++folded.voids;
      }
    }
  }
  return folded;
}

std::vector<SlaWorld::Effective> SlaWorld::History(const ComplaintId& complaint) const {
  return FoldLog(complaint).effective;
}

storage::v1::ComplaintState SlaWorld::StateOf(const ComplaintId& complaint) const {
  return FoldLog(complaint).state;
}

int SlaWorld::Voids(const ComplaintId& complaint) const { return FoldLog(complaint).voids; }

std::string SlaWorld::Story(const ComplaintId& complaint) const {
  std::string story;
  for (const Effective& entry : History(complaint)) {
    const PayloadInfo* info = FindPayload(entry.event.type());
    REDRESS_CHECK(info != nullptr);
    if (!story.empty()) story += ' ';
    story += info->name;
  }
  return story;
}

bool SlaWorld::HasClock(const ComplaintId& complaint, event::v1::ClockSpec::Kind kind) const {
  const auto state = StateOf(complaint);
  for (const auto& spec : state.clocks().clocks()) {
    if (spec.kind() == kind) return true;
  }
  return false;
}

event::v1::ClockSpec SlaWorld::ClockOf(const ComplaintId& complaint, event::v1::ClockSpec::Kind kind) const {
  const auto state = StateOf(complaint);
  for (const auto& spec : state.clocks().clocks()) {
    if (spec.kind() == kind) return spec;
  }
  REDRESS_CHECK(false);
  return {};
}

}  // namespace redress::sla_timer
