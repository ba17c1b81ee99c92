// People on a complaint on which automatic work never ends.
#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "tests/simulation/automatic_writer.h"
#include "tests/simulation/world.h"

namespace redress::simulation {
namespace {

constexpr int kPeople = 8;
// A person has an answer by then.
constexpr absl::Duration kPatience = absl::Seconds(20);
// Commands that read what the automatic work writes, and leave the complaint in hand.
constexpr Wish kHurried[] = {Wish::kAssign, Wish::kRelease, Wish::kEscalate, Wish::kDeescalate,
                             Wish::kInvestigate};

}  // namespace

void World::AskHurried(Wish wish) {
  Client client;
  client.complaint = BusyComplaint();
  client.wish = wish;
  client.argument = static_cast<int>(Below(4));
  client.request = HashedId<RequestId>({"client", std::to_string(clients_.size())});
  client.hurried = true;
  clients_.push_back(client);
  asked_at_.push_back(-1);
  Ask(clients_.size() - 1, static_cast<int>(Below(static_cast<uint64_t>(plan_.processes))));
}

// Nothing fails, but everything takes its time, so that who decides meets what others have decided.
void World::RunBusyPhase() {
  SimulatedFaults delays;
  delays.max_append_delay = absl::Milliseconds(1 + Below(80));
  delays.max_delivery_delay = absl::Milliseconds(1 + Below(80));
  bus_.set_faults(delays);
  AskHurried(Wish::kSubmit);
  CalmDown(kPatience);
  AutomaticWriter writer(&scheduler_, &processes_.front()->log(), &processes_.front()->clock(),
                         BusyComplaint(), settings_.bug);
  RunUntil(scheduler_.now() + absl::Milliseconds(500));
  for (int person = 0; person < kPeople && !outcome_.failure; ++person) {
    AskHurried(kHurried[Below(std::size(kHurried))]);
    // Now and then several at once, who also meet each other.
    if (Below(3) == 0) continue;
    const absl::Time give_up = scheduler_.now() + kPatience;
    while (!outcome_.failure && !AllAnswered()) {
      if (scheduler_.now() >= give_up)
        return Fail(absl::StrCat("a person waits while automatic work goes on"));
      RunUntil(scheduler_.now() + absl::Milliseconds(100));
      KeepAsking();
    }
  }
  bus_.set_faults({});
}

StreamId World::BusyComplaint() const { return ComplaintOf(plan_.complaints); }

}  // namespace redress::simulation
