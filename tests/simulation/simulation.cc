#include "tests/simulation/simulation.h"

#include "tests/simulation/world.h"

namespace redress::simulation {

Outcome Run(uint64_t seed, const Settings& settings) { return World(seed, settings).Run(); }

void AddTo(const Outcome& outcome, Outcome* sum) {
  for (const auto& [what, count] : outcome.met) sum->met[what] += count;
  for (int site = 0; site < kSites; ++site) {
    sum->sites[site] += outcome.sites[site];
    sum->deaths[site] += outcome.deaths[site];
  }
}

}  // namespace redress::simulation
