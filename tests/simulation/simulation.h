// A run of the simulation: one seed, one outcome. A storm in which everything may fail, then a calm in which the
// system must come to rest; then the log and every replica are compared with a fold from zero.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "libs/base/ids.h"

namespace redress::simulation {

struct Outcome {
  // Nothing, or the invariant that broke, in words.
  std::optional<std::string> failure;
  // The same seed gives the same hash: of every record, verdict and answer in order.
  ContentHash trace;
  // How often each thing happened ("crash", "pause", "duplicate", …): a storm that met nothing proves nothing.
  std::map<std::string, uint64_t> met;
};

Outcome Run(uint64_t seed);

}  // namespace redress::simulation
