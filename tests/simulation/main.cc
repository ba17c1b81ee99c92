// simulate [--seeds N] [--from S]: runs seeds until one fails, prints which and why.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/simulation/simulation.h"

int main(int argc, char** argv) {
  uint64_t seeds = 1000;
  uint64_t from = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--seeds") == 0) seeds = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--from") == 0) from = std::strtoull(argv[i + 1], nullptr, 10);
  }
  std::map<std::string, uint64_t> met;
  for (uint64_t seed = from; seed < from + seeds; ++seed) {
    const auto outcome = redress::simulation::Run(seed);
    if (outcome.failure) {
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), outcome.failure->c_str());
      return 1;
    }
    for (const auto& [what, count] : outcome.met) met[what] += count;
    if ((seed - from + 1) % 100 == 0) std::fprintf(stderr, "%llu seeds\n", static_cast<unsigned long long>(seed - from + 1));
  }
  for (const auto& [what, count] : met) std::printf("%-28s %llu\n", what.c_str(), static_cast<unsigned long long>(count));
  return 0;
}
