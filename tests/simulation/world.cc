#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "redress/event/v1/handling.pb.h"
#include "tests/simulation/small_suite.h"

namespace redress::simulation {
namespace {

constexpr absl::Duration kStorm = absl::Seconds(16);
constexpr absl::Duration kCrowdedStorm = absl::Seconds(12);
// The system must have come to rest this long after the last fault.
constexpr absl::Duration kRestBound = absl::Minutes(3);

constexpr OwnershipKind kKinds[] = {OwnershipKind::kTakeIn,     OwnershipKind::kIntake,
                                    OwnershipKind::kClassifier, OwnershipKind::kRouter,
                                    OwnershipKind::kSlaTimer,   OwnershipKind::kAnalytics};

uint32_t LackingType(uint64_t seed) {
  const uint32_t types[] = {0, TypeOf(Wish::kClose), TypeOf(Wish::kWithdraw),
                            TypeOf(Wish::kWaitingStart), TypeOf(Wish::kNote)};
  return types[seed % std::size(types)];
}

}  // namespace

Plan PlanOf(uint64_t seed, Bug bug) {
  Plan plan;
  plan.processes = seed % 4 == 3 ? 3 : 2;
  plan.lacking = LackingType(seed);
  plan.crowded = seed % 20 == 9;
  if (plan.crowded) {
    plan.complaints = 1;
    plan.lacking = 0;
  }
  plan.long_calm = seed % 6 == 1;
  plan.timer_window = plan.long_calm  ? absl::Hours(6)
                      : seed % 2 == 0 ? absl::Seconds(20)
                                      : absl::Minutes(10);
  plan.flush_interval = seed % 3 == 0 ? absl::Milliseconds(200) : absl::Seconds(1);
  plan.read_again = seed % 4 == 2;
  plan.busy = seed % 8 == 4;
  plan.counted = seed % 4 == 1;
  plan.hot = static_cast<Site>(seed % kSites);
  // From a Monday on, so that weekends, nights and working hours come up.
  plan.start = absl::FromUnixSeconds(1'750'000'000) + absl::Minutes(seed * 7919 % (7 * 24 * 60));
  return plan;
}

World::World(uint64_t seed, const Settings& settings)
    : seed_(seed),
      settings_(settings),
      plan_(PlanOf(seed, settings.bug)),
      scheduler_(seed, plan_.start),
      bus_(&scheduler_, kPartitions),
      rule_(&bus_, settings.bug),
      disks_(plan_.processes),
      processes_(plan_.processes),
      births_(plan_.processes) {
  around_.scheduler = &scheduler_;
  around_.bus = &bus_;
  around_.bug = settings.bug;
  around_.rule = &rule_;
  around_.work_book = &work_book_;
  if (plan_.counted) around_.metrics = &metrics_.emplace();
  around_.timer_window = plan_.timer_window;
  around_.flush_interval = plan_.flush_interval;
  around_.fail = [this](std::string what) { Fail(std::move(what)); };
  for (int i = 0; i < plan_.processes; ++i) {
    for (int s = 0; s < kServices; ++s) {
      if (settings.rocks_dir.empty()) {
        disks_[i][s] = NewMemoryDisk();
      } else {
        disks_[i][s] = NewRocksDisk(
            absl::StrCat(settings.rocks_dir, "/", seed, "-", i, "-", std::string(ServiceName(s))));
      }
    }
  }
}

World::~World() {
  // Scheduled calls hold what belongs to processes; the processes go first.
  processes_.clear();
}

Outcome World::Run() {
  PublishSmallSuite(&scheduler_, &bus_);
  RunUntil(scheduler_.now() + absl::Milliseconds(10));
  for (int i = 0; i < plan_.processes; ++i) Start(i);
  DrawFaults();
  storming_ = true;
  const absl::Time end = scheduler_.now() + (plan_.crowded ? kCrowdedStorm : kStorm);
  scheduler_.After(absl::Milliseconds(300), [this, end] { Stir(end); });
  RunUntil(end);
  EndStorm();
  CalmDown(kRestBound);
  if (plan_.busy && !outcome_.failure) RunBusyPhase();
  // Clocks that nobody stops run out; then there is rest again.
  RunUntil(scheduler_.now() + (plan_.long_calm ? absl::Hours(100) : absl::Minutes(2)));
  CalmDown(kRestBound);
  RunAllChecks();
  outcome_.trace = HashOf(trace_);
  const SimulatedCounts& counts = bus_.counts();
  outcome_.met["lost"] += counts.lost;
  outcome_.met["unknown persisted"] += counts.unknown_persisted;
  outcome_.met["unknown lost"] += counts.unknown_lost;
  outcome_.met["unknown late"] += counts.unknown_late;
  outcome_.met["duplicated"] += counts.duplicated;
  outcome_.met["overtaken"] += counts.overtaken;
  outcome_.met["gap"] += counts.gaps;
  return std::move(outcome_);
}

void World::RunUntil(absl::Time time) {
  while (!outcome_.failure && scheduler_.next_time() <= time && scheduler_.RunOne()) {
  }
  if (outcome_.failure || scheduler_.now() >= time) return;
  // Time moves with call-backs only: here is one.
  scheduler_.At(time, [] {});
  while (scheduler_.now() < time && scheduler_.RunOne()) {
  }
}

void World::Start(int i) {
  if (processes_[i] != nullptr) return;
  ++births_[i];
  const bool older = i == plan_.processes - 1;
  processes_[i] = std::make_unique<Process>(around_, disks_[i], i, older ? plan_.lacking : 0,
                                            [this, i](Site site) { AtSite(i, site); });
  Tell(absl::StrCat("process ", i, " starts"));
}

void World::EndStorm() {
  storming_ = false;
  bus_.set_faults({});
  for (auto& disks : disks_) {
    for (auto& disk : disks) disk->SetFull(false);
  }
  for (int i = 0; i < plan_.processes; ++i) {
    if (Alive(i) && processes_[i]->paused()) processes_[i]->Resume();
    if (processes_[i] != nullptr && processes_[i]->dead()) Remove(i, births_[i]);
    Start(i);
  }
  // Every unit has one owner again: the first process.
  for (OwnershipKind kind : kKinds) {
    int units = kPartitions[0];
    if (kind == OwnershipKind::kTakeIn) units = kPartitions[1];
    if (kind == OwnershipKind::kRouter || kind == OwnershipKind::kAnalytics) units = 1;
    std::vector<Partition> all;
    for (int unit = 0; unit < units; ++unit) all.push_back(Partition(unit));
    for (int i = 0; i < plan_.processes; ++i) {
      processes_[i]->log().SetOwned(kind, i == 0 ? all : std::vector<Partition>());
    }
  }
  calm_ = true;
  Tell("the storm is over");
}

void World::CalmDown(absl::Duration at_most) {
  const absl::Time give_up = scheduler_.now() + at_most;
  while (!outcome_.failure && !AtRest()) {
    if (scheduler_.now() >= give_up) return Fail(WhatIsLeft());
    KeepAsking();
    RunUntil(scheduler_.now() + absl::Seconds(1));
  }
}

bool World::AtRest() {
  for (auto& process : processes_) {
    if (!process->health().ok()) {
      Fail("a process cannot go on: " + process->health().ToString());
      return false;
    }
  }
  if (publishing_ > 0) return false;
  if (!AllAnswered()) return false;
  for (auto& process : processes_) {
    for (int s = 0; s < kServices; ++s) {
      if (!AtRest(*process, s)) return false;
    }
  }
  return true;
}

bool World::AtRest(Process& process, int index) {
  Service& service = process.service(index);
  if (!HasFoldedAll(service)) return false;
  if (service.commands() != nullptr && service.commands()->in_flight() > 0) return false;
  if (service.actor() == nullptr) return true;
  if (service.actor()->in_flight() > 0) return false;
  for (WorkKind kind = 1; kind < 8; ++kind) {
    for (const auto& [place, row] : service.projector().work().rows(kind)) {
      // Due by the clock of the process that acts now, which may lie behind by more than there is
      // between two timers.
      if (FromMicros(row.item.not_before_us) > processes_.front()->clock().Now()) continue;
      // In a queue, because everybody has enough to do.
      const auto complaint = service.projector().LoadComplaint(row.item.stream);
      const bool queued = index == kRouter && complaint.ok() &&
                          !(*complaint)->state.ownership().queue_reason().empty();
      // A release that does not understand what freed somebody takes him for overloaded: to it that
      // is work.
      const bool misjudged =
          index == kRouter && plan_.lacking != 0 && &process == processes_.back().get();
      if (!queued && !misjudged) return false;
    }
  }
  return true;
}

bool World::HasFoldedAll(Service& service) {
  Projector& projector = service.projector();
  if (!projector.caught_up()) return false;
  for (const TopicPartition& source : bus_.table().all()) {
    if (projector.Reads(source) && projector.folded_end(source) < bus_.End(source)) return false;
  }
  return true;
}

std::string World::WhatIsLeft() {
  std::string left = "no rest:";
  for (size_t c = 0; c < clients_.size(); ++c) {
    if (!clients_[c].answered()) {
      absl::StrAppend(&left, " client ", c, " (", std::string(WishName(clients_[c].wish)), ", ",
                      clients_[c].calls, " calls)");
    }
  }
  for (int i = 0; i < plan_.processes; ++i) {
    for (int s = 0; s < kServices; ++s) {
      if (AtRest(*processes_[i], s)) continue;
      Service& service = processes_[i]->service(s);
      absl::StrAppend(&left, "; ", service.name(), " of process ", i, ": work ",
                      service.projector().work().size(), HasFoldedAll(service) ? "" : ", lags");
      if (service.actor() == nullptr) continue;
      absl::StrAppend(&left, ", in flight ", service.actor()->in_flight());
      for (WorkKind kind = 1; kind < 8; ++kind) {
        for (const auto& [place, row] : service.projector().work().rows(kind)) {
          absl::StrAppend(&left, " [kind ", kind, " of ", place.stream.ToHex().substr(0, 8),
                          " due ", Rfc3339(row.item.not_before_us), row.taken ? ", taken" : "",
                          row.parked ? ", parked" : "", "]");
        }
      }
    }
  }
  return left;
}

std::vector<std::unique_ptr<Check>> World::AllChecks() {
  std::vector<std::unique_ptr<Check>> checks;
  checks.push_back(CheckAnswers(clients_));
  checks.push_back(CheckItems());
  checks.push_back(CheckSerial(clients_));
  checks.push_back(CheckOwners());
  checks.push_back(CheckClocks());
  checks.push_back(CheckReplicas());
  checks.push_back(CheckRest());
  checks.push_back(CheckSecrets(around_.metrics, &outcome_.met));
  if (plan_.read_again) checks.push_back(CheckInterleaving(seed_));
  if (plan_.read_again) ++outcome_.met["log read again"];
  if (plan_.counted) ++outcome_.met["metrics looked at"];
  return checks;
}

void World::RunAllChecks() {
  std::vector<Process*> processes;
  for (auto& process : processes_) processes.push_back(process.get());
  std::set<std::string> published;
  for (const auto& [thread, key] : messages_) published.insert(key);
  Ended ended{scheduler_.now(),    bus_,          clients_, processes, published,
              plan_.processes - 1, plan_.lacking, {},       {}};
  std::vector<std::unique_ptr<Check>> checks;
  // A run that has failed is told to its end, no more.
  if (!outcome_.failure) checks = AllChecks();
  const std::string failure = RunChecks(checks, &ended, [this](const Step& step) {
    absl::StrAppend(&trace_, step.header.event.ToHex(), static_cast<int>(step.verdict));
    ++outcome_.met[absl::StrCat("verdict ", std::string(VerdictName(step.verdict)))];
    if (step.effective()) ++outcome_.met["event " + step.info.name];
    if (!settings_.story) return;
    Tell(absl::StrCat("log ", step.place.partition.value(), "/", step.offset.value(), " ",
                      step.header.stream.ToHex().substr(0, 8), " v", step.head.version().value(),
                      " ", step.info.name, " by ", step.event.header().actor().id(), " at ",
                      Rfc3339(step.event.header().recorded_at_us()), " seen ",
                      step.header.seen.value(), " reads {", step.header.reads.ToString(),
                      "} request ", step.header.request.ToHex().substr(0, 8), ": ",
                      std::string(VerdictName(step.verdict))));
  });
  if (!failure.empty()) Fail(failure);
}

void World::Fail(std::string what) {
  Tell("FAILS: " + what);
  if (!outcome_.failure) outcome_.failure = std::move(what);
}

void World::Tell(std::string_view what) {
  if (!settings_.story) return;
  outcome_.story.push_back(
      absl::StrCat(absl::FormatTime("%H:%M:%E3S", scheduler_.now(), absl::UTCTimeZone()), " ",
                   std::string(what)));
}

}  // namespace redress::simulation
