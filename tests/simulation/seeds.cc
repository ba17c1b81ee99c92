#include "tests/simulation/seeds.h"

#include <atomic>
#include <thread>
#include <vector>

#include "libs/base/mutex.h"

namespace redress::simulation {

SeedsOutcome RunSeeds(const SeedRange& range, const Settings& settings) {
  SeedsOutcome result;
  Mutex mutex;
  std::atomic<uint64_t> next{range.from};
  std::atomic<bool> stop{false};
  const auto work = [&] {
    while (!stop) {
      const uint64_t seed = next++;
      if (seed >= range.from + range.count) return;
      const Outcome outcome = Run(seed, settings);
      MutexLock lock(mutex);
      AddTo(outcome, &result.sum);
      if (!outcome.failure) continue;
      stop = true;
      if (result.failed && *result.failed < seed) continue;
      result.failed = seed;
      result.failure = *outcome.failure;
    }
  };
  std::vector<std::thread> threads;
  for (int job = 0; job < range.jobs; ++job) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return result;
}

}  // namespace redress::simulation
