// A run of the simulation: one seed, one outcome. A storm in which everything may fail, then a calm
// in which the system must come to rest; then the log and every replica are held against the checks
// (checks.h). What is simulated, and how a seed is replayed: docs/simulation.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/ids.h"
#include "tests/simulation/bugs.h"
#include "tests/simulation/sites.h"

namespace redress::simulation {

struct Settings {
  Bug bug = Bug::kNone;
  // Where projections lie: empty: in memory; else RocksDB in a folder of its own in here.
  std::string rocks_dir;
  // Keeps a story of the run, for people.
  bool story = false;
};

struct Outcome {
  // Nothing, or the invariant that broke, in words.
  std::optional<std::string> failure;
  // The same seed gives the same hash: of every record, verdict and answer in order.
  ContentHash trace;
  // How often each thing happened ("crash", "pause", "duplicate", …): a storm that met nothing
  // proves nothing.
  std::map<std::string, uint64_t> met;
  // How often a process was at each site, and how often it died there.
  SiteCounts sites{};
  SiteCounts deaths{};
  // What happened, a line each; empty unless asked for.
  std::vector<std::string> story;
};

// Thread-safe: runs share nothing but immutable policies.
Outcome Run(uint64_t seed, const Settings& settings = {});

// Adds up what happened in several runs.
void AddTo(const Outcome& outcome, Outcome* sum);

}  // namespace redress::simulation
