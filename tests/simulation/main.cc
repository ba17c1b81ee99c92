// simulate [--seeds N] [--from S] [--jobs J] [--bug NAME] [--rocksdb DIR] [--story]: runs seeds
// until one fails, and prints what happened in it. --bug all: which seed catches each planted bug.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "libs/base/log.h"
#include "tests/simulation/seeds.h"

namespace redress::simulation {
namespace {

void PrintSum(const Outcome& sum) {
  for (const auto& [what, count] : sum.met)
    std::printf("%-28s %llu\n", what.c_str(), static_cast<unsigned long long>(count));
  for (int site = 0; site < kSites; ++site) {
    std::printf("site %-40s %llu, died %llu\n",
                std::string(SiteName(static_cast<Site>(site))).c_str(),
                static_cast<unsigned long long>(sum.sites[site]),
                static_cast<unsigned long long>(sum.deaths[site]));
  }
}

int CatchAll(SeedRange range, const Settings& settings) {
  int missed = 0;
  for (Bug bug : AllBugs()) {
    Settings planted = settings;
    planted.bug = bug;
    const SeedsOutcome outcome = RunSeeds(range, planted);
    missed += outcome.failed ? 0 : 1;
    std::printf("%-28s %s\n", std::string(BugName(bug)).c_str(),
                outcome.failed
                    ? ("seed " + std::to_string(*outcome.failed) + ": " + outcome.failure).c_str()
                    : "NOT CAUGHT");
    std::fflush(stdout);
  }
  return missed == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  // What the services complain of is what the storm does to them.
  SetLogLevel(LogLevel::kError);
  SeedRange range;
  Settings settings;
  std::string bug;
  bool story = false;
  for (int i = 1; i < argc; ++i) {
    const auto next = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (std::strcmp(argv[i], "--seeds") == 0)
      range.count = std::strtoull(next(), nullptr, 10);
    else if (std::strcmp(argv[i], "--from") == 0)
      range.from = std::strtoull(next(), nullptr, 10);
    else if (std::strcmp(argv[i], "--jobs") == 0)
      range.jobs = std::atoi(next());
    else if (std::strcmp(argv[i], "--bug") == 0)
      bug = next();
    else if (std::strcmp(argv[i], "--rocksdb") == 0)
      settings.rocks_dir = next();
    else if (std::strcmp(argv[i], "--story") == 0)
      story = true;
    else {
      std::fprintf(stderr,
                   "simulate [--seeds N] [--from S] [--jobs J] [--bug NAME|all] [--rocksdb DIR] "
                   "[--story]\n");
      return 2;
    }
  }
  if (bug == "all") return CatchAll(range, settings);
  for (Bug known : AllBugs()) {
    if (BugName(known) == bug) settings.bug = known;
  }
  if (!bug.empty() && settings.bug == Bug::kNone) {
    std::fprintf(stderr, "no bug is called %s; there are:\n", bug.c_str());
    for (Bug known : AllBugs()) std::fprintf(stderr, "  %s\n", std::string(BugName(known)).c_str());
    return 2;
  }
  const SeedsOutcome outcome = RunSeeds(range, settings);
  PrintSum(outcome.sum);
  if (outcome.failed || story) {
    settings.story = true;
    const uint64_t seed = outcome.failed.value_or(range.from);
    for (const std::string& line : Run(seed, settings).story) std::printf("%s\n", line.c_str());
    if (outcome.failed)
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
                  outcome.failure.c_str());
  }
  return outcome.failed ? 1 : 0;
}

}  // namespace
}  // namespace redress::simulation

int main(int argc, char** argv) { return redress::simulation::Main(argc, argv); }
