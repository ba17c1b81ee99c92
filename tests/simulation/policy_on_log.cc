#include "tests/simulation/policy_on_log.h"

#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/domain/decision.h"
#include "libs/policy/manifest.h"
#include "libs/runtime/event_append.h"
#include "redress/event/v1/directory.pb.h"
#include "services/classifier/testing/small_policy.h"

namespace redress::simulation {
namespace {

Record EventRecord(const EntityId& entity, EventDraft draft, absl::Time now) {
  EventOrigin origin;
  origin.event_id = HashedId<EventId>({"setup", entity.bytes()});
  origin.stream = entity;
  origin.request = HashedId<RequestId>({"setup", entity.bytes()});
  origin.opens = true;
  origin.recorded_at_us = ToMicros(now);
  origin.actor.set_kind(event::v1::Actor::SERVICE);
  origin.actor.set_id("setup");
  return RecordOf(BuildEvent(origin, draft));
}

void AppendUntilThere(std::shared_ptr<SimulatedInstance> writer, TopicPartition to, Record record,
                      std::function<void()> done = [] {}) {
  SimulatedInstance* log = writer.get();
  log->Append(to, record, [writer, to, record, done](AppendOutcome outcome) {
    if (outcome.kind == AppendOutcome::Kind::kAppended) return done();
    AppendUntilThere(writer, to, record, done);
  });
}

}  // namespace

void PublishPolicy(SimulatedScheduler* scheduler, SimulatedLog* bus) {
  static const auto& policy = *new std::shared_ptr<const CompiledPolicy>(classifier::SmallPolicy());
  std::shared_ptr<SimulatedInstance> writer = bus->Connect("setup");
  const TopicPartition directory{Topic::kDirectory, Partition(0)};
  event::v1::PolicyPublished published;
  published.set_manifest(policy->manifest_hash().ToBytes());
  for (const PolicyPart& part : policy->manifest().parts) {
    event::v1::PolicyPartPublished content;
    content.set_part(part.part);
    content.set_code(part.code);
    content.set_hash(part.hash.ToBytes());
    content.set_content(part.content);
    auto* entry = published.add_parts();
    entry->set_part(part.part);
    entry->set_code(part.code);
    entry->set_hash(part.hash.ToBytes());
    AppendUntilThere(writer, directory, EventRecord(*EntityId::FromBytes(part.hash.bytes()), EventDraft::Of(content), scheduler->now()));
  }
  AppendUntilThere(writer, directory, EventRecord(*EntityId::FromBytes(policy->manifest_hash().bytes()), EventDraft::Of(published), scheduler->now()));
  event::v1::PolicyActivated activated;
  activated.set_manifest(policy->manifest_hash().ToBytes());
  AppendUntilThere(writer, directory, EventRecord(EntityIdOf("scope", ""), EventDraft::Of(activated), scheduler->now()));
}

void AppendDirectly(SimulatedLog* bus, TopicPartition to, std::string value, std::string key,
                    std::function<void()> done) {
  Record record;
  record.key = std::move(key);
  record.value = std::move(value);
  record.headers = {{"content-type", "application/protobuf"}, {"ce_type", "redress.event.v1.InboundMessage"}};
  AppendUntilThere(bus->Connect("adapter"), to, std::move(record), std::move(done));
}

}  // namespace redress::simulation
