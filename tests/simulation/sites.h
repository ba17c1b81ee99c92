// Crash sites: every call of a process through one of its ports, by name. At each of them a seed
// may kill the process, make it stand still, step its clock or move what it owns. Single-threaded.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace redress::simulation {

enum class Site : int {
  // EventLog.
  kBeforeAppend,
  kAfterAppend,
  kHearsAppended,
  kHearsNotAppended,
  kHearsUnknown,
  kBeforePoll,
  kAfterPoll,
  kReadBack,
  kOpensReader,
  kAsksEnd,
  kHearsEnd,
  kTakesOwnership,
  kHearsOwnership,
  // ProjectionStore.
  kGetsRow,
  kRestores,
  kScans,
  kBeforeFlush,
  kAfterFlush,
  kDiskFull,
  // Work and commands.
  kDecidesWork,
  kTakesCommand,
  kDecidesCommand,
  kBeforeAnswer,
  kAfterAnswer,
};
inline constexpr int kSites = static_cast<int>(Site::kAfterAnswer) + 1;

// "before append", …
std::string_view SiteName(Site site);

using SiteCounts = std::array<uint64_t, kSites>;

// What a process's ports ask at every site.
class Fate {
 public:
  virtual ~Fate() = default;
  // The process is here. It may be dead afterwards: then nothing that it does reaches anybody.
  virtual void At(Site site) = 0;
  virtual bool dead() const = 0;
};

}  // namespace redress::simulation
