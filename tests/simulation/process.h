// One simulated process: intake and classifier, the production machines, over the simulated log and memory stores. It
// can crash (its stores keep what was flushed, or less), pause and come back, and be of an older release.
#pragma once

#include <memory>
#include <string>

#include "libs/directory/directory.h"
#include "libs/event_log/simulated/simulated_log.h"
#include "libs/projection/memory/memory_store.h"
#include "libs/runtime/service.h"
#include "libs/simulation/simulated_executor.h"
#include "services/classifier/decide/triage_engines.h"
#include "services/classifier/projection/classifier_projection.h"
#include "services/classifier/work/assess_decider.h"
#include "services/intake/projection/intake_projection.h"
#include "services/intake/take_in/take_in.h"
#include "tests/simulation/older_release.h"

namespace redress::simulation {

// What survives a crash of the process.
struct Disks {
  std::shared_ptr<MemoryDisk> intake = std::make_shared<MemoryDisk>(8);
  std::shared_ptr<MemoryDisk> classifier = std::make_shared<MemoryDisk>(8);
};

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

class Process {
 public:
  // `disks` outlive the process. `unknown_type`: a payload type that its release does not know; 0: it knows them all.
  Process(SimulatedScheduler* scheduler, SimulatedLog* bus, Disks disks, int number, uint32_t unknown_type = 0);
  ~Process();

  void Crash();
  void Pause();
  void Resume();
  bool paused() const { return paused_; }

  Service& intake() { return *intake_; }
  Service& classifier() { return *classifier_; }
  SimulatedInstance& log() { return *log_; }
  SteppedClock& clock() { return clock_; }
  // Takes a command as the API would.
  void Submit(Command command, CommandDone done);
  // Nothing in flight, nothing to do, everything folded.
  bool quiet();
  absl::Status health() const;

 private:
  const std::unique_ptr<SimulatedInstance> log_;
  OlderRelease older_;
  // What the services see: one of the two.
  EventLog* const seen_log_;
  SimulatedExecutor executor_;
  SeededRandom random_;
  SteppedClock clock_;

  Directory intake_directory_;
  std::unique_ptr<ProjectionStore> intake_store_;
  intake::IntakeProjection intake_projection_;
  intake::TakeInDecider take_in_;
  std::unique_ptr<Service> intake_;

  Directory classifier_directory_;
  classifier::TriageEngines engines_;
  std::unique_ptr<ProjectionStore> classifier_store_;
  classifier::ClassifierProjection classifier_projection_;
  classifier::AssessDecider assess_;
  std::unique_ptr<Service> classifier_;

  absl::Status started_;
  bool paused_ = false;
};

inline constexpr char kSecret[] = "simulation";

}  // namespace redress::simulation
