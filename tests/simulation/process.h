// One simulated process: all five services, the production machines, over the simulated log and a
// disk for each projection. It can die at any call of a port (its disks keep what was flushed, or
// less), stand still and come back, have a clock of its own, and be of an older release.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/event_log/simulated/simulated_log.h"
#include "libs/metrics/metrics.h"
#include "libs/runtime/service.h"
#include "libs/simulation/simulated_executor.h"
#include "tests/simulation/bugs.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/planted_log.h"
#include "tests/simulation/site_log.h"
#include "tests/simulation/sites.h"
#include "tests/simulation/witness.h"

namespace redress::simulation {

inline constexpr int kServices = 5;
enum ServiceIndex { kIntake, kClassifier, kRouter, kSlaTimer, kAnalytics };
inline constexpr char kSecret[] = "simulation";

// Clock of one process: the scheduler's, stepped by an offset.
class SteppedClock final : public Clock {
 public:
  explicit SteppedClock(const Clock* base) : base_(base) {}
  absl::Time Now() const override { return base_->Now() + offset_; }
  void Step(absl::Duration by) { offset_ += by; }

 private:
  const Clock* const base_;
  absl::Duration offset_;
};

// What a machine keeps when its process dies: by service.
using Disks = std::array<std::shared_ptr<Disk>, kServices>;

// What all processes of a world share.
struct Surroundings {
  SimulatedScheduler* scheduler = nullptr;
  SimulatedLog* bus = nullptr;
  Bug bug = Bug::kNone;
  LeftOutRule* rule = nullptr;
  WorkBook* work_book = nullptr;
  // How far ahead timers are kept in memory.
  absl::Duration timer_window = absl::Minutes(10);
  absl::Duration flush_interval = absl::Milliseconds(200);
  // What all processes count in; null: nobody counts.
  Metrics* metrics = nullptr;
  // An invariant broke inside a process.
  std::function<void(std::string)> fail;
};

// A service with all that is its own; services.cc makes one of each.
struct Room {
  virtual ~Room() = default;
  virtual ServiceParts Parts() = 0;
  virtual void OnMade(Service& service) {}

  std::unique_ptr<SiteLog> log;
  std::unique_ptr<ProjectionStore> store;
  std::unique_ptr<Witness> witness;
  std::unique_ptr<ClosedRequestIndex> older_requests;
  std::unique_ptr<Service> service;
  // Of `Parts`, for who asks what it would do.
  const Projection* projection = nullptr;
};
// `metrics` may be null.
std::unique_ptr<Room> MakeRoom(int service, const Clock* clock, Random* random, Metrics* metrics);
std::string_view ServiceName(int service);

class Process final : private Fate {
 public:
  // `disks` outlive the process. `unknown_type`: a payload type that its release does not know; 0:
  // it knows them all. `at_site` is told of every call of a port.
  Process(const Surroundings& around, const Disks& disks, int number, uint32_t unknown_type,
          std::function<void(Site)> at_site);
  ~Process() override;

  // Dies: from now on nothing that it does reaches anybody. The object is destroyed later, outside
  // of its own calls.
  void Kill();
  void Pause();
  void Resume();
  bool paused() const { return paused_; }
  bool dead() const override { return dead_; }

  Service& service(int index) { return *rooms_[index]->service; }
  const Projection& projection(int index) const { return *rooms_[index]->projection; }
  const ProjectionStore& store(int index) const { return *rooms_[index]->store; }
  SimulatedInstance& log() { return *log_; }
  SteppedClock& clock() { return clock_; }
  // Takes a command as the API would.
  void Submit(Command command, CommandDone done);
  // Calls back once the service has folded and flushed what the token names.
  void WhenReached(int service, const ConsistencyToken& token, absl::Time deadline,
                   std::function<void(absl::Status)> done);
  absl::Status health() const;

 private:
  void At(Site site) override { at_site_(site); }
  void MakeService(int index, const Surroundings& around, const Disks& disks);
  void NoteAppend(int index, const Record& record);
  void AnswerEarly(const RequestId& request, const event::v1::Event& event);
  Command Watched(Command command);

  const Surroundings around_;
  const std::function<void(Site)> at_site_;
  const std::unique_ptr<SimulatedInstance> log_;
  std::unique_ptr<EventLog> older_;
  std::unique_ptr<PlantedLog> planted_;
  SimulatedExecutor executor_;
  SeededRandom random_;
  SteppedClock clock_;
  std::array<std::unique_ptr<Room>, kServices> rooms_;
  // Calls that an event may answer before it was read back (kAnswerAtAppend).
  std::map<RequestId, CommandDone> early_;
  absl::Status started_;
  bool paused_ = false;
  bool dead_ = false;
};

}  // namespace redress::simulation
