#include "tests/compat/golden_stories.h"

#include <memory>

#include "absl/strings/str_format.h"
#include "libs/base/hash.h"
#include "libs/domain/payloads.h"
#include "libs/testing/given.h"
#include "libs/testing/random_message.h"
#include "libs/testing/sample_payloads.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::compat {
namespace {

using event::v1::Actor;
using event::v1::Trigger;
using event::v1::Waiting;
using google::protobuf::Message;
using namespace redress::testing;  // NOLINT: stories read like sentences

std::unique_ptr<Message> RandomPayload(const PayloadInfo& type, SeededRandom& random) {
  std::unique_ptr<Message> payload(type.prototype->New());
  FillRandomly({.presence_percent = 85}, random, payload.get());
  return payload;
}

// Adds the companion of its type to an event, as a part that is not sealed.
void AddCompanion(const PayloadInfo& type, SeededRandom& random, event::v1::Event* event) {
  const auto* file = personal::v1::InboundItem::descriptor()->file();
  const auto* companion = file->FindMessageTypeByName(type.sealed);
  if (companion == nullptr) return;
  const std::unique_ptr<Message> personal(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(companion)->New());
  FillRandomly({}, random, personal.get());
  event->add_sealed()->set_ciphertext(personal->SerializeAsString());
}

template <typename Stream>
GoldenLog LogOf(std::string name, const Stream& stream) {
  SeededRandom random(stream.events().size());
  GoldenLog log{.name = std::move(name)};
  for (event::v1::Event event : stream.events()) {
    AddCompanion(*FindPayload(event.type()), random, &event);
    log.records.push_back(event.SerializeAsString());
  }
  return log;
}

// An opened stream, then the type three times with every field filled.
template <typename Stream>
GoldenLog StoryOfType(const PayloadInfo& type, Stream stream) {
  SeededRandom random(type.number);
  if (type.opens == event::v1::NEVER) {
    const bool entity = type.directory;
    stream.Has(*RandomPayload(*FindPayload(entity ? 1003 : 1), random));
    if (!entity) stream.Has(*RandomPayload(*FindPayload(13), random));
  }
  const int times = type.opens == event::v1::ALWAYS ? 1 : 3;
  for (int n = 0; n < times; ++n) {
    stream.By(n == 1 ? Actor::PERSON : Actor::SERVICE).Has(*RandomPayload(type, random));
  }
  return LogOf(absl::StrFormat("%04d-%s-v%d.bin", type.number, type.name, type.schema_version),
               stream);
}

GoldenLog StoryOfRecord(const PayloadInfo& type) {
  SeededRandom random(type.number);
  GoldenLog log{
      .name = absl::StrFormat("%04d-%s-v%d.bin", type.number, type.name, type.schema_version)};
  for (int n = 0; n < 3; ++n)
    log.records.push_back(RandomPayload(type, random)->SerializeAsString());
  return log;
}

Given Owned() {
  auto assessed = Assessed();
  *assessed.add_triggers() = TriggerOf("asked for more", Trigger::ASKED_FOR_HIGHER);
  Given complaint;
  complaint.Has(Received()).Has(assessed).Has(ClocksOf("set 1", {"first response", "level 1"}));
  complaint.Has(Queued("parcels")).Has(Assigned("agent a", "parcels"));
  return complaint;
}

GoldenLog FirstContact() {
  auto resolved = Resolved();
  resolved.set_first_contact(true);
  Given complaint = Owned();
  complaint.By(Actor::PERSON).Has(Outbound("answer")).By(Actor::PERSON).Has(resolved);
  complaint.By(Actor::PERSON).Has(event::v1::ComplaintClosed());
  return LogOf("history-first-contact.bin", complaint);
}

GoldenLog UpTheLadder() {
  auto warned = Warned("level 1", 80);
  *warned.add_triggers() = TriggerOf("80 percent of level 1", Trigger::TIME_USED);
  auto handed_up = Escalated(2, 3);
  handed_up.set_team_id(Id("head office"));
  handed_up.set_owner_after(event::v1::ComplaintEscalated::CLEAR);
  Given complaint = Owned();
  complaint.Has(warned)
      .Has(Escalated(1, 2, {"80 percent of level 1"}))
      .Has(ClocksOf("set 2", {"level 2"}));
  complaint.Has(event::v1::InvestigationStarted())
      .Has(Warned("level 2", 80))
      .Has(Breached("level 2"));
  complaint.Has(handed_up).Has(Queued("head office")).Has(Assigned("agent b", "head office"));
  complaint.Has(Declined({"asked for more"})).By(Actor::PERSON).Has(Deescalated(3, 2));
  return LogOf("history-up-the-ladder.bin", complaint);
}

GoldenLog WaitedReopenedWithdrawn() {
  auto question = Outbound("question", {event::v1::QUESTION});
  question.mutable_waiting()->set_on(Waiting::ON_COMPLAINANT);
  auto by_phone = Inbound("by phone");
  by_phone.mutable_thread()->set_number(2);
  by_phone.mutable_thread()->set_token(Id("thread 2"));
  Given complaint = Owned();
  complaint.Has(event::v1::InvestigationStarted()).By(Actor::PERSON).Has(question).Has(by_phone);
  complaint.Has(WaitingFor(Waiting::ON_SUPPLIER)).Has(WaitingOver(Waiting::ON_SUPPLIER));
  complaint.Has(Reassessed("assessment 2"))
      .By(Actor::PERSON)
      .Has(Corrected("category", "billing/refund/unpaid"));
  complaint.Has(WaitingFor(Waiting::ON_THIRD_PARTY)).By(Actor::PERSON).Has(Resolved());
  complaint.Has(event::v1::ComplaintClosed())
      .Has(Reopened(2))
      .Has(ClocksOf("set 2", {"level 1 again"}));
  complaint.Has(event::v1::NoteAdded()).Has(event::v1::ComplaintWithdrawn());
  return LogOf("history-waited-reopened-withdrawn.bin", complaint);
}

GoldenLog WithdrawnBeforeAssessment() {
  Given complaint;
  complaint.WithMoreToFollow()
      .Has(Received())
      .Has(event::v1::ComplaintWithdrawn())
      .Has(Reopened(2));
  complaint.Has(Assessed(3));
  return LogOf("history-withdrawn-before-assessment.bin", complaint);
}

// One of each verdict among events that count.
GoldenLog VoidEvents() {
  Given complaint = Owned();
  GoldenLog log = LogOf("history-void-events.bin", complaint);
  event::v1::Event event = complaint.events().back();
  log.records.push_back(event.SerializeAsString());  // duplicate
  const auto append = [&](std::string_view request, auto change) {
    event = complaint.events().back();
    event.mutable_header()->set_request_id(Id(request));
    change(event.mutable_header());
    log.records.push_back(event.SerializeAsString());
  };
  append("conflict", [](event::v1::Header*) {});
  append("unknown", [](event::v1::Header* header) { header->set_seen(1000); });
  append("malformed", [](event::v1::Header* header) { header->set_event_id("short"); });
  append("second opener", [](event::v1::Header* header) { header->set_opens(true); });
  for (int n = 0; n < 65; ++n) {
    append(absl::StrFormat("blind %d", n), [](event::v1::Header* header) {
      header->set_reads(0);
      header->set_seen(5);
    });
  }
  append("too old", [](event::v1::Header* header) {
    header->set_reads(0);
    header->set_seen(1);
  });
  return log;
}

GoldenLog AgentsLife() {
  SeededRandom random(42);
  GivenEntity agent("agent");
  for (uint32_t number : {1003, 1005, 1006, 1007, 1004, 1005, 1007, 1009}) {
    agent.Has(*RandomPayload(*FindPayload(number), random));
  }
  return LogOf("entity-agents-life.bin", agent);
}

}  // namespace

std::vector<GoldenLog> CurrentStories() {
  std::vector<GoldenLog> stories;
  for (const PayloadInfo* type : AllPayloads()) {
    if (type->record_only) {
      stories.push_back(StoryOfRecord(*type));
    } else if (type->directory) {
      stories.push_back(StoryOfType(*type, GivenEntity("golden")));
    } else {
      stories.push_back(StoryOfType(*type, Given("golden")));
    }
  }
  for (auto* story : {FirstContact, UpTheLadder, WaitedReopenedWithdrawn, WithdrawnBeforeAssessment,
                      VoidEvents, AgentsLife}) {
    stories.push_back(story());
  }
  return stories;
}

}  // namespace redress::compat
