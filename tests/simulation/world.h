// The world of one run: processes with their disks on one simulated log, clients that ask them,
// adapters that publish, and a storm that lets fail what can fail. One thread, virtual time; all
// that happens is drawn from one seed.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/checks.h"
#include "tests/simulation/process.h"
#include "tests/simulation/simulation.h"
#include "tests/simulation/workload.h"

namespace redress::simulation {

inline constexpr PartitionCounts kPartitions = {3, 2, 1, 1, 1, 1};

// What kind of run a seed is.
struct Plan {
  int processes = 2;
  // In most seeds the last process is of an older release, which lacks this type; 0: not.
  uint32_t lacking = 0;
  int complaints = 5;
  // Everybody writes to one complaint, more than a head's window remembers.
  bool crowded = false;
  // The calm lasts days, so that working time passes.
  bool long_calm = false;
  absl::Duration timer_window;
  // How long a projection gathers changes before it writes them.
  absl::Duration flush_interval;
  // Its log is read once more at the end, in another order.
  bool read_again = false;
  // After the storm people work on a complaint on which automatic work never ends.
  bool busy = false;
  // What the services count is kept, and looked at in the end.
  bool counted = false;
  // Processes die mostly here.
  Site hot = Site::kBeforeAppend;
  absl::Time start;
};
Plan PlanOf(uint64_t seed, Bug bug);

class World {
 public:
  World(uint64_t seed, const Settings& settings);
  ~World();

  Outcome Run();

 private:
  // world.cc: time, processes, rest.
  void RunUntil(absl::Time time);
  void Start(int i);
  void Remove(int i, int birth);
  void EndStorm();
  void CalmDown(absl::Duration at_most);
  bool AtRest();
  bool AtRest(Process& process, int service);
  bool HasFoldedAll(Service& service);
  std::string WhatIsLeft();
  std::vector<std::unique_ptr<Check>> AllChecks();
  void RunAllChecks();
  void Fail(std::string what);
  void Tell(std::string_view what);
  bool Alive(int i) const { return processes_[i] != nullptr && !processes_[i]->dead(); }

  // storm.cc: what fails.
  void DrawFaults();
  void Stir(absl::Time until);
  void AtSite(int i, Site site);
  void Die(int i, Site site);
  void PauseOne(int i);
  void MoveOwnership(int i);
  void StepClock(int i);
  void FillDisk(int i);
  void PublishInbound();

  // people.cc: what is asked.
  void AddClient();
  void KeepAsking();
  void Ask(size_t c, int i);
  void OnAnswer(size_t c, const absl::StatusOr<CommandOutcome>& answer);
  void ReadSomething();
  // `seen`, `wrote`: what the client knew when it asked.
  void OnRead(size_t c, int i, int service, Version seen, bool wrote);
  StreamId ComplaintOf(int number) const;
  bool AllAnswered() const;

  // busy_complaint.cc: people against automatic work.
  void RunBusyPhase();
  void AskHurried(Wish wish);
  // Nobody else writes to it.
  StreamId BusyComplaint() const;

  uint64_t Below(uint64_t n) { return scheduler_.random().Below(n); }

  const uint64_t seed_;
  const Settings settings_;
  const Plan plan_;
  SimulatedScheduler scheduler_;
  SimulatedLog bus_;
  LeftOutRule rule_;
  WorkBook work_book_;
  std::optional<Metrics> metrics_;
  Surroundings around_;
  std::vector<Disks> disks_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<int> births_;
  std::deque<Client> clients_;
  // Where each client's latest call went.
  std::vector<int> asked_at_;
  std::vector<std::pair<int, std::string>> messages_;
  // Appends of adapters that are not answered yet.
  int publishing_ = 0;
  int deaths_left_ = 6;
  absl::Time next_trouble_ = absl::InfinitePast();
  bool storming_ = false;
  bool calm_ = false;
  std::string trace_;
  Outcome outcome_;
};

}  // namespace redress::simulation
