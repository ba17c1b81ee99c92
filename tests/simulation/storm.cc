// What fails: drawn from the seed at every call of a port, and every few moments.
#include <utility>

#include "absl/strings/str_cat.h"
#include "redress/personal/v1/personal.pb.h"
#include "tests/simulation/small_suite.h"
#include "tests/simulation/world.h"

namespace redress::simulation {
namespace {

constexpr OwnershipKind kMoving[] = {OwnershipKind::kTakeIn, OwnershipKind::kIntake,
                                     OwnershipKind::kClassifier, OwnershipKind::kRouter,
                                     OwnershipKind::kSlaTimer};
constexpr uint64_t kThreads = 3;

}  // namespace

void World::DrawFaults() {
  const auto up_to = [this](uint32_t permille) {
    return static_cast<uint32_t>(Below(permille + 1));
  };
  SimulatedFaults faults;
  faults.max_append_delay = absl::Milliseconds(1 + Below(80));
  faults.max_delivery_delay = absl::Milliseconds(1 + Below(80));
  faults.max_lateness = absl::Seconds(1 + Below(10));
  faults.lost = up_to(60);
  faults.unknown_persisted = up_to(60);
  faults.unknown_lost = up_to(60);
  faults.unknown_late = up_to(60);
  faults.duplicate = up_to(120);
  faults.overtaken = up_to(120);
  faults.gap = up_to(100);
  faults.partial_batch = up_to(200);
  faults.read_unavailable = up_to(50);
  if (plan_.crowded) {
    // Copies that come when more than a head remembers has happened since.
    faults.max_append_delay = absl::Milliseconds(1 + Below(20));
    faults.max_delivery_delay = absl::Milliseconds(1 + Below(20));
    faults.max_lateness = absl::Seconds(10);
    faults.unknown_late = 100;
    faults.duplicate = 200;
  }
  bus_.set_faults(faults);
}

// Something is asked, published or goes wrong every few moments while the storm lasts.
void World::Stir(absl::Time until) {
  const int i = static_cast<int>(Below(static_cast<uint64_t>(plan_.processes)));
  switch (plan_.crowded ? 3 + Below(17) : Below(20)) {
    case 0:
      PauseOne(i);
      break;
    case 1:
      MoveOwnership(i);
      break;
    case 2:
      StepClock(i);
      break;
    case 3:
      FillDisk(i);
      break;
    case 4:
    case 5:
    case 6:
      PublishInbound();
      break;
    case 7:
    case 8:
    case 9:
      ReadSomething();
      break;
    default:
      AddClient();
  }
  KeepAsking();
  const absl::Time next =
      scheduler_.now() + absl::Milliseconds(plan_.crowded ? 10 + Below(40) : 50 + Below(400));
  if (next < until) scheduler_.At(next, [this, until] { Stir(until); });
}

void World::AtSite(int i, Site site) {
  ++outcome_.sites[static_cast<size_t>(site)];
  if (!storming_ || processes_[i] == nullptr || processes_[i]->dead()) return;
  // A full disk is met seldom.
  const uint64_t often = site == Site::kDiskFull ? 3 : 12;
  const uint64_t one_in = site == plan_.hot ? often : 4000;
  if (Below(one_in) != 0 || scheduler_.now() < next_trouble_) return;
  // A site that everybody passes all the time would leave nobody alive for long.
  next_trouble_ = scheduler_.now() + absl::Milliseconds(Below(plan_.crowded ? 6000 : 2500));
  switch (Below(6)) {
    case 0:
      return PauseOne(i);
    case 1:
      return MoveOwnership(i);
    case 2:
      return StepClock(i);
    default:
      if (deaths_left_ > 0) Die(i, site);
  }
}

void World::Die(int i, Site site) {
  --deaths_left_;
  ++outcome_.met["crash"];
  ++outcome_.deaths[static_cast<size_t>(site)];
  Tell(absl::StrCat("process ", i, " dies: ", std::string(SiteName(site))));
  processes_[i]->Kill();
  for (auto& disk : disks_[i]) disk->Cut();
  // Nobody answers those who waited there.
  for (size_t c = 0; c < clients_.size(); ++c)
    clients_[c].waiting = clients_[c].waiting && asked_at_[c] != i;
  // It is in the middle of a call of its own: it is cleared away after that.
  scheduler_.After(absl::ZeroDuration(), [this, i, birth = births_[i]] { Remove(i, birth); });
  scheduler_.After(absl::Milliseconds(1 + Below(4000)), [this, i] { Start(i); });
}

void World::Remove(int i, int birth) {
  if (births_[i] != birth || processes_[i] == nullptr) return;
  processes_[i].reset();
  for (auto& disk : disks_[i]) disk->Lose(scheduler_.random());
}

void World::PauseOne(int i) {
  if (!Alive(i) || processes_[i]->paused()) return;
  ++outcome_.met["pause"];
  Tell(absl::StrCat("process ", i, " stands still"));
  processes_[i]->Pause();
  // Known by its birth, not by its address: a successor may live where it lived.
  scheduler_.After(absl::Milliseconds(500 + Below(9000)), [this, i, birth = births_[i]] {
    if (!Alive(i) || births_[i] != birth || !processes_[i]->paused()) return;
    Tell(absl::StrCat("process ", i, " wakes up"));
    processes_[i]->Resume();
  });
}

void World::MoveOwnership(int i) {
  if (!Alive(i)) return;
  ++outcome_.met["ownership"];
  for (OwnershipKind kind : kMoving) {
    const int units = kind == OwnershipKind::kTakeIn   ? kPartitions[1]
                      : kind == OwnershipKind::kRouter ? 1
                                                       : kPartitions[0];
    std::vector<Partition> owned;
    for (int unit = 0; unit < units; ++unit) {
      // More often than not, so that some units have several owners and few have none.
      if (Below(3) != 0) owned.push_back(Partition(unit));
    }
    Tell(absl::StrCat("process ", i, " owns ", owned.size(), " of ", units, " units of ",
                      std::string(OwnershipKindName(kind))));
    processes_[i]->log().SetOwned(kind, owned);
  }
}

void World::StepClock(int i) {
  if (!Alive(i)) return;
  ++outcome_.met["clock"];
  const absl::Duration by = absl::Milliseconds(static_cast<int64_t>(Below(2000)) - 1000);
  Tell(absl::StrCat("the clock of process ", i, " steps by ", absl::FormatDuration(by)));
  processes_[i]->clock().Step(by);
}

void World::FillDisk(int i) {
  const int service = static_cast<int>(Below(kServices));
  ++outcome_.met["full disk"];
  disks_[i][service]->SetFull(true);
  scheduler_.After(absl::Milliseconds(200 + Below(3000)),
                   [this, i, service] { disks_[i][service]->SetFull(false); });
}

void World::PublishInbound() {
  // Few threads, so that messages meet; some are published twice.
  const int thread = static_cast<int>(Below(kThreads));
  const bool again = !messages_.empty() && Below(4) == 0;
  const auto [of_thread, key] =
      again ? messages_[Below(messages_.size())]
            : std::make_pair(thread, absl::StrCat("message-", messages_.size()));
  if (!again) messages_.emplace_back(of_thread, key);
  ++outcome_.met[again ? "inbound again" : "inbound"];
  personal::v1::InboundItem item;
  item.mutable_message()->set_account_id("support");
  item.mutable_message()->set_channel(event::v1::MAIL);
  item.mutable_personal()->set_thread_key(absl::StrCat("thread-", of_thread));
  item.mutable_personal()->set_source_message_key(key);
  item.mutable_personal()->set_body(absl::StrCat("It is broken. ", kSecretText));
  ++publishing_;
  AppendDirectly(&bus_, {Topic::kInbound, Partition(of_thread % kPartitions[1])},
                 item.SerializeAsString(), item.personal().thread_key(), [this] { --publishing_; });
}

}  // namespace redress::simulation
