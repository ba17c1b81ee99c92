#include "tests/simulation/small_suite.h"

#include <utility>
#include <vector>

#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/directory/directory.h"
#include "libs/domain/decision.h"
#include "libs/domain/fold.h"
#include "libs/domain/payloads.h"
#include "libs/policy/manifest.h"
#include "libs/policy/policy_yaml.h"
#include "libs/policy/published_policy.h"
#include "libs/runtime/event_append.h"
#include "redress/event/v1/directory.pb.h"
#include "services/classifier/testing/small_policy.h"

namespace redress::simulation {
namespace {

// In place of the same sections of the classifier's small policy: clocks that are missed within a
// run, of which one counts working time.
constexpr char kClocks[] = R"yaml(calendars:
  - code: cn
    name: {zh: 中国, en: China}
    time_zone: Asia/Shanghai
    working_day: 8h
    valid_from: 2025-01-01
    valid_to: 2027-12-31
    week:
      - {days: [mon, tue, wed, thu, fri], windows: ["09:00-17:00"]}
sla:
  default_region: cn
  regions:
    - {code: cn, name: {zh: 中国, en: China}, calendar: cn}
  rules:
    - name: answer
      clocks:
        - {kind: FIRST_RESPONSE_CLOCK, target: 15s, calendar: 24x7, starts_on: RECEIVED,
           stops_on: [FIRST_RESPONSE_GIVEN], thresholds: [{percent: 50}]}
    - name: level_1
      when: {levels: [1]}
      clocks:
        - {kind: LEVEL_RESOLUTION, target: 20s, calendar: 24x7, starts_on: LEVEL_ENTERED, stops_on: [RESOLVED],
           cancels_on: [LEVEL_LEFT, CLOSED_STAGE], pauses_on: [WAITING_COMPLAINANT], thresholds: [{escalates: true}]}
    - name: level_2
      when: {levels: [2]}
      clocks:
        - {kind: LEVEL_RESOLUTION, target: 2h, calendar: region, starts_on: LEVEL_ENTERED, stops_on: [RESOLVED],
           cancels_on: [LEVEL_LEFT, CLOSED_STAGE], pauses_on: [WAITING_COMPLAINANT, WAITING_THIRD_PARTY],
           thresholds: [{percent: 50}]}
    - name: later_levels
      clocks:
        - {kind: LEVEL_RESOLUTION, target: 40s, calendar: 24x7, starts_on: LEVEL_ENTERED, stops_on: [RESOLVED],
           cancels_on: [LEVEL_LEFT, CLOSED_STAGE], pauses_on: [WAITING_THIRD_PARTY]}
teams:
  skills:
    - {code: general, name: {zh: 通用, en: General}}
  teams:
    - {code: front, name: {zh: 一线, en: Front}, levels: [1, 2, 3, 4], languages: [zh, en],
       contact: front@redress.example}
  agents:
    - {code: agent-0, name: Ann, home_team: front, teams: [{team: front, capacity_units: 2}], roles: [agent],
       languages: [zh, en]}
)yaml";

constexpr char kAbsence[] = "  absent_after: 8s\n";

std::string AgentCode(int number) { return "agent-" + std::to_string(number); }

// Appends events of directory entities, one after the other.
class Setup {
 public:
  Setup(SimulatedScheduler* scheduler, SimulatedLog* bus)
      : now_(scheduler->now()), writer_(bus->Connect("setup")) {}

  // The `seen`-th event of the entity; number 0 opens it.
  template <typename P>
  void Append(const EntityId& entity, P payload, uint64_t seen = 0) {
    EventOrigin origin;
    origin.event_id = HashedId<EventId>({"setup", entity.bytes(), std::to_string(seen)});
    origin.request = HashedId<RequestId>({"setup", entity.bytes(), std::to_string(seen)});
    origin.stream = entity;
    origin.opens = seen == 0;
    origin.seen = Version(seen);
    origin.recorded_at_us = ToMicros(now_);
    origin.actor.set_kind(event::v1::Actor::SERVICE);
    origin.actor.set_id("setup");
    writer_->Append({Topic::kDirectory, Partition(0)},
                    RecordOf(BuildEvent(origin, EventDraft::Of(std::move(payload)))),
                    [writer = writer_](AppendOutcome outcome) {
                      REDRESS_CHECK(outcome.kind == AppendOutcome::Kind::kAppended);
                    });
  }

 private:
  const absl::Time now_;
  const std::shared_ptr<SimulatedInstance> writer_;
};

void PublishPolicy(Setup* setup) {
  const CompiledPolicy& policy = SmallPolicy();
  for (const PolicyPart& part : policy.manifest().parts) {
    setup->Append(EntityId::FromBytesOrNone(part.hash.bytes()), PublishedPart(part));
  }
  setup->Append(EntityId::FromBytesOrNone(policy.manifest_hash().bytes()),
                PublishedManifest(policy.manifest()));
  event::v1::PolicyActivated activated;
  activated.set_manifest(policy.manifest_hash().ToBytes());
  setup->Append(EntityIdOf("scope", ""), std::move(activated));
}

void DefinePeople(Setup* setup) {
  event::v1::TeamDefined team;
  team.set_team_id(TeamId());
  team.set_revision(1);
  team.set_code("front");
  for (uint32_t level : {1, 2, 3, 4}) team.add_levels(level);
  team.add_languages("en");
  setup->Append(EntityIdOf("team", "front"), std::move(team));
  for (int number = 0; number < kAgents; ++number) {
    event::v1::AgentEnrolled agent;
    agent.set_agent_id(AgentId(number));
    agent.set_code(AgentCode(number));
    agent.add_roles("agent");
    agent.add_languages("en");
    agent.set_home_team(TeamId());
    auto* membership = agent.add_teams();
    membership->set_team_id(TeamId());
    membership->set_capacity_units(kCapacityUnits);
    setup->Append(EntityIdOf("agent", AgentCode(number)), std::move(agent));
    event::v1::PresenceChanged presence;
    presence.set_agent_id(AgentId(number));
    presence.set_state(event::v1::PresenceChanged::AVAILABLE);
    setup->Append(EntityIdOf("agent", AgentCode(number)), std::move(presence), 1);
  }
}

void AppendUntilThere(std::shared_ptr<SimulatedInstance> writer, TopicPartition to, Record record,
                      std::function<void()> done) {
  SimulatedInstance* log = writer.get();
  log->Append(to, record, [writer, to, record, done](AppendOutcome outcome) {
    if (outcome.kind == AppendOutcome::Kind::kAppended) return done();
    AppendUntilThere(writer, to, record, done);
  });
}

std::shared_ptr<const CompiledPolicy> Compile() {
  std::string yaml(classifier::SmallPolicyYaml());
  const size_t from = yaml.find("calendars:");
  const size_t to = yaml.find("routing:");
  REDRESS_CHECK(from != std::string::npos && to != std::string::npos);
  yaml.insert(to + std::string_view("routing:\n").size(), kAbsence);
  yaml.replace(from, to - from, kClocks);
  auto policy = LoadPolicyYaml(yaml, "simulation.yaml");
  REDRESS_CHECK(policy.ok());
  auto compiled = CompiledPolicy::Compile(*std::move(policy));
  REDRESS_CHECK(compiled.ok());
  REDRESS_CHECK((*compiled)->policy().routing().absent_after().ms() ==
                absl::ToInt64Milliseconds(kAbsentAfter));
  return *std::move(compiled);
}

}  // namespace

EntityId AgentEntity(int number) { return EntityIdOf("agent", AgentCode(number)); }
std::string AgentId(int number) { return AgentEntity(number).ToBytes(); }
std::string TeamId() { return EntityIdOf("team", "front").ToBytes(); }

const CompiledPolicy& SmallPolicy() {
  static const auto& policy = *new std::shared_ptr<const CompiledPolicy>(Compile());
  return *policy;
}

namespace {

// As a directory compiles it: what every directory of this process then shares, for as long as this
// one lives.
std::shared_ptr<const CompiledPolicy> CompiledFromParts() {
  Directory directory;
  const auto apply = [&](std::string_view id, const google::protobuf::Message& payload) {
    EntityRow row;
    row.id = EntityId::FromBytesOrNone(id);
    Apply({event::v1::Header(), PayloadOf(payload).number, payload}, &row.state);
    directory.Apply(row);
  };
  for (const PolicyPart& part : SmallPolicy().manifest().parts)
    apply(part.hash.bytes(), PublishedPart(part));
  apply(SmallPolicy().manifest_hash().bytes(), PublishedManifest(SmallPolicy().manifest()));
  auto compiled = directory.FindPolicy(SmallPolicy().manifest_hash());
  REDRESS_CHECK(compiled != nullptr);
  return compiled;
}

}  // namespace

void PublishSmallSuite(SimulatedScheduler* scheduler, SimulatedLog* bus) {
  static const auto& kept = *new std::shared_ptr<const CompiledPolicy>(CompiledFromParts());
  REDRESS_CHECK(kept != nullptr);
  Setup setup(scheduler, bus);
  PublishPolicy(&setup);
  DefinePeople(&setup);
}

void AppendDirectly(SimulatedLog* bus, TopicPartition to, std::string value, std::string key,
                    std::function<void()> done) {
  Record record;
  record.key = std::move(key);
  record.value = std::move(value);
  record.headers = {{"content-type", "application/protobuf"},
                    {"ce_type", "redress.event.v1.InboundMessage"}};
  AppendUntilThere(bus->Connect("adapter"), to, std::move(record), std::move(done));
}

}  // namespace redress::simulation
