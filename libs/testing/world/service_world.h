// One service over the simulated log and virtual time, with the rest of the suite played by hand:
// the test publishes policies, defines teams and people, and appends what people and other services
// say; the service does the rest.
//
//   ServiceWorld world("router", [] { return std::make_unique<RouterUnderTest>(); });
//   world.Publish(DefaultPolicy());
//   const ComplaintId complaint = world.Receive("late parcel");
//   world.Assess(complaint, 1);
//   EXPECT_EQ(world.Of<event::v1::ComplaintAssigned>(complaint).size(), 1u);
//
// Single-threaded. An event by hand that the verdict voids is a mistake of the test and aborts.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/random.h"
#include "libs/domain/payloads.h"
#include "libs/event_log/simulated/simulated_log.h"
#include "libs/projection/memory/memory_store.h"
#include "libs/runtime/service.h"
#include "libs/simulation/simulated_executor.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/record.pb.h"
#include "redress/policy/v1/policy.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::testing {

// deploy/policy/default.yaml of the source tree, to be changed at will.
policy::v1::Policy DefaultPolicy();
// "2024-03-04 09:00" on the wall clock of a zone.
absl::Time At(std::string_view local, std::string_view zone = "UTC");

// Projection and decider of one instance; made anew when the service is started again.
class ServiceUnderTest {
 public:
  virtual ~ServiceUnderTest() = default;
  // But for the name.
  virtual ServiceParts Parts() = 0;
  virtual void OnMade(Service& service) {}
};

class ServiceWorld {
 public:
  using Maker = std::function<std::unique_ptr<ServiceUnderTest>()>;
  // Monday 2025-03-03 10:00 UTC unless told: no daylight-saving change is near.
  ServiceWorld(std::string name, Maker maker, absl::Time start = At("2025-03-03 10:00"));
  ~ServiceWorld();

  // Publishes the parts and the manifest; complaints received from now on are pinned to it.
  ContentHash Publish(const policy::v1::Policy& policy);
  // Puts a published policy into force, everywhere unless told.
  void Activate(const ContentHash& manifest, const std::string& scope = "");
  // Pins complaints from now on to a policy that is not published (yet).
  void PinTo(const ContentHash& manifest) { manifest_ = manifest; }
  // Appends an event of a directory entity; the first one opens it.
  void AppendEntity(const EntityId& id, const google::protobuf::Message& payload);

  struct Reception {
    // By default now.
    absl::Time received_at = absl::InfinitePast();
    std::string region = "cn";
    std::string language = "zh";
    std::string product_line;
    // The first event of a longer import.
    bool more_follows = false;
  };
  ComplaintId Receive(std::string_view name) { return Receive(name, Reception()); }
  ComplaintId Receive(std::string_view name, const Reception& reception);
  event::v1::ComplaintAssessed Assessed(
      uint32_t level, std::string_view category = "service/attitude/rude_agent") const;
  void Assess(const ComplaintId& complaint, uint32_t level) { Append(complaint, Assessed(level)); }
  // A message of the complainant, or of an agent to them.
  void Inbound(const ComplaintId& complaint, std::string_view name);
  void Outbound(const ComplaintId& complaint, std::string_view name);

  // Appends an event now and runs until it is folded. `occurred_at`: by default now.
  void Append(const ComplaintId& complaint, const google::protobuf::Message& payload,
              absl::Time occurred_at = absl::InfinitePast(),
              event::v1::Actor::Kind actor = event::v1::Actor::PERSON);
  // What the next appended event says of the history that follows.
  void NextHasMoreToFollow() { more_follows_ = true; }

  void RunFor(absl::Duration time) { RunUntil(now() + time); }
  void RunUntil(absl::Time time);
  absl::Time now() const { return scheduler_.now(); }

  // The process dies; what was not flushed is lost. `Start` makes a new one on the same store.
  void Crash();
  void Start();
  Service& service() { return *instance_->service; }
  const ProjectionStore& store() const { return *store_; }
  const Clock* clock() const { return &scheduler_.clock(); }
  SimulatedLog& bus() { return bus_; }
  // Flushes what is folded.
  void Flush();

  // What is in the log, effective events only, and the state that they fold to.
  struct Effective {
    event::v1::Event event;
    absl::Time recorded_at;
  };
  std::vector<Effective> History(const ComplaintId& complaint) const;
  storage::v1::ComplaintState StateOf(const ComplaintId& complaint) const;
  // Records of the complaint that were void.
  int Voids(const ComplaintId& complaint) const;
  template <typename P>
  std::vector<P> Of(const ComplaintId& complaint) const {
    std::vector<P> found;
    for (const Effective& entry : History(complaint)) {
      if (entry.event.type() != PayloadOf<P>().number) continue;
      P payload;
      payload.ParseFromString(entry.event.payload());
      found.push_back(std::move(payload));
    }
    return found;
  }
  // "ClocksSet ClockWarned …" in log order.
  std::string Story(const ComplaintId& complaint) const;

 protected:
  ServiceUnderTest& under_test() { return *instance_->under_test; }

 private:
  struct Instance {
    Instance(const std::string& name, const Maker& maker, SimulatedScheduler* scheduler,
             SimulatedLog* bus, ProjectionStore* store);
    void Tick();
    std::unique_ptr<SimulatedInstance> log;
    SimulatedExecutor executor;
    SeededRandom random;
    std::unique_ptr<ServiceUnderTest> under_test;
    std::unique_ptr<Service> service;
    absl::Status started = absl::UnavailableError("not started");
  };
  struct Folded;
  Folded FoldLog(const ComplaintId& complaint) const;
  void AppendRaw(const event::v1::Event& event);

  const std::string name_;
  const Maker maker_;
  SimulatedScheduler scheduler_;
  SimulatedLog bus_;
  SeededRandom random_;
  std::unique_ptr<ProjectionStore> store_ = NewMemoryStore();
  std::unique_ptr<SimulatedInstance> hand_;
  std::unique_ptr<Instance> instance_;
  std::map<EntityId, Version> entities_;
  ContentHash manifest_;
  bool more_follows_ = false;
};

}  // namespace redress::testing
