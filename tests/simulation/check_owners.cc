#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/event/v1/ownership.pb.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/small_suite.h"

namespace redress::simulation {
namespace {

using Stage = storage::v1::StageState;
using Presence = event::v1::PresenceChanged;

bool TakesCapacity(const ComplaintState& state) {
  return state.stage().stage() == Stage::ASSESSED || state.stage().stage() == Stage::INVESTIGATING;
}

class Owners final : public Check {
 public:
  std::string_view name() const override { return "owners"; }

  void OnStep(const Step& step) override {
    if (!step.effective()) return;
    // Who gets a complaint back that was settled had no choice, nor had the router.
    if (!TakesCapacity(step.after)) by_router_[step.header.stream] = false;
    const auto* assigned = step.As<event::v1::ComplaintAssigned>();
    if (assigned == nullptr || !TakesCapacity(step.after)) return;
    const bool by_router = assigned->mode() == event::v1::ComplaintAssigned::DIRECT_MODE;
    if (by_router && !step.before.ownership().owner_id().empty()) {
      Fail("the router gave away " + step.header.stream.ToHex() + ", which had an owner");
    }
    by_router_[step.header.stream] = by_router;
  }

  void AtEnd(const Ended& ended) override {
    struct Load {
      uint32_t given = 0;
      bool not_begun = false;
    };
    std::map<std::string, Load> loads;
    for (const auto& [stream, state] : ended.states) {
      const std::string& owner = state.ownership().owner_id();
      if (owner.empty() || !by_router_[stream] || !TakesCapacity(state)) continue;
      loads[owner].given += state.ownership().weight();
      loads[owner].not_begun = loads[owner].not_begun || state.stage().stage() == Stage::ASSESSED;
    }
    for (const auto& [owner, load] : loads) {
      if (load.given <= kCapacityUnits || !load.not_begun) continue;
      return Fail(absl::StrCat("agent ", EntityId::FromBytesOrNone(owner).ToHex(), " was given ",
                               load.given, " units and keeps them"));
    }
    CheckPresence(ended);
  }

 private:
  // Nobody waits while somebody who is there has room, and nobody holds on to a complaint while
  // away.
  void CheckPresence(const Ended& ended) {
    std::map<std::string, uint32_t> used;
    for (const auto& [stream, state] : ended.states) {
      if (TakesCapacity(state)) used[state.ownership().owner_id()] += state.ownership().weight();
    }
    std::string room;
    for (int number = 0; number < kAgents; ++number) {
      const auto& presence = ended.entities.at(AgentEntity(number)).presence().presence();
      if (presence.state() != Presence::AVAILABLE || used[AgentId(number)] >= kCapacityUnits)
        continue;
      room = absl::StrCat("agent ", number, " carries ", used[AgentId(number)]);
    }
    for (const auto& [stream, state] : ended.states) {
      if (!TakesCapacity(state)) continue;
      const std::string& owner = state.ownership().owner_id();
      if (owner.empty()) {
        if (!room.empty())
          return Fail(absl::StrCat(stream.ToHex(), " waits for an owner, and ", room));
        continue;
      }
      const auto& presence =
          ended.entities.at(EntityId::FromBytesOrNone(owner)).presence().presence();
      const bool away = presence.state() == Presence::AWAY || presence.state() == Presence::OFFLINE;
      if (away && FromMicros(presence.from_us()) + kAbsentAfter + kLateness < ended.now) {
        return Fail(stream.ToHex() + " stays with somebody who is away");
      }
    }
  }

  std::map<StreamId, bool> by_router_;
};

}  // namespace

std::unique_ptr<Check> CheckOwners() { return std::make_unique<Owners>(); }

}  // namespace redress::simulation
