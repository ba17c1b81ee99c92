#include "absl/strings/str_cat.h"
#include "redress/event/v1/ownership.pb.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/small_suite.h"

namespace redress::simulation {
namespace {

using Stage = storage::v1::StageState;

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
      return Fail(absl::StrCat("agent ", EntityId::FromBytesOrNone(owner).ToHex(), " was given ", load.given,
                               " units and keeps them"));
    }
  }

 private:
  std::map<StreamId, bool> by_router_;
};

}  // namespace

std::unique_ptr<Check> CheckOwners() { return std::make_unique<Owners>(); }

}  // namespace redress::simulation
