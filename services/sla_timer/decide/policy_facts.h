// What the rules of a policy look at, read off a complaint's state, and the same as named values:
// the `basis` of a ClocksSet and the `inputs` of an explanation. A basis differs from the state
// exactly when a fact that the rules ask about has changed since (`events.md` 2.1, set-clocks).
// Pure; thread-safe.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "libs/policy/compiled_policy.h"
#include "redress/event/v1/shared.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::sla_timer {

// Facts of a complaint; before it is assessed without category, scores and level. Signals and
// repeats have no state: conditions on them do not hold.
PolicyFacts FactsOfState(const storage::v1::ComplaintState& state);

// Names in a basis beside those of conditions.
inline constexpr std::string_view kBasisPolicy = "policy";
inline constexpr std::string_view kBasisCycle = "cycle";
inline constexpr std::string_view kBasisLevel = "level";
// When the present level was entered: coming back to a level is a change, too.
inline constexpr std::string_view kBasisLevelEntered = "level_entered";

// Adds the names of all facts that the condition asks about.
void CollectFactNames(const policy::v1::Condition& condition, std::set<std::string>* names);
// The facts that a policy asks about.
struct FactNames {
  // They decide which clocks a complaint has: those of the SLA rules, the region where a calendar
  // depends on it, and always policy, cycle, level and its entry.
  std::set<std::string> of_clocks;
  // Those of the rules of triggers and the teams of levels.
  std::set<std::string> of_escalation;

  // Looks at every rule: worth keeping.
  static FactNames Of(const CompiledPolicy& policy);
};

// The value of a fact; an unknown name (of a later release) has none.
event::v1::Field FactField(std::string_view name, const storage::v1::ComplaintState& state,
                           const PolicyFacts& facts);
// True when every value named is the one of the state. Names of a later release do not count.
bool BasisHolds(const storage::v1::ComplaintState& state);

// The value named in the basis, or null.
const event::v1::Field* FindBasis(const storage::v1::ClocksState& clocks, std::string_view name);

}  // namespace redress::sla_timer
