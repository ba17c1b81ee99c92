// The `ProjectionStore` of simulations and tests: rows in memory on a `MemoryDisk` that outlives
// the store, so that a store can be closed, its disk be crashed, filled or damaged, and be opened
// again (microseconds, where RocksDB takes milliseconds).
//
// Threads: a store as the port says; a disk from one thread, while no store on it is used.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "libs/base/mutex.h"
#include "libs/projection/projection_store.h"

namespace redress {

class MemoryDisk {
 public:
  // Remembers how to undo the last `undoable_batches` batches, for `LoseBatches`.
  explicit MemoryDisk(size_t undoable_batches = 0) : undoable_batches_(undoable_batches) {}

  // As a power cut may: the last `count` batches were never written (fewer when fewer are undoable;
  // returns how many). Precondition: no store is open on this disk.
  size_t LoseBatches(size_t count);
  // While full every write is answered RESOURCE_EXHAUSTED.
  void SetFull(bool full) { full_ = full; }
  // From now on every call is answered DATA_LOSS.
  void Damage() { damaged_ = true; }
  // All rows as of now, for comparing two projections.
  std::vector<std::pair<std::string, std::string>> Rows() const;

 private:
  friend class MemoryStore;
  // What a key held from write number `since` on; nothing: no row.
  struct Held {
    uint64_t since = 0;
    std::optional<std::string> value;
  };
  // Oldest first, never empty. More than one only while somebody scans.
  using Versions = absl::InlinedVector<Held, 1>;
  // What a key held before a batch.
  using Undo = std::vector<std::pair<std::string, std::optional<std::string>>>;

  mutable Mutex mutex_;
  std::map<std::string, Versions, std::less<>> rows_;
  uint64_t writes_ = 0;
  uint64_t bytes_ = 0;
  // Snapshots that scans in progress look at.
  std::multiset<uint64_t> snapshots_;
  // Keys with versions that only snapshots need.
  std::set<std::string> outdated_;
  const size_t undoable_batches_;
  std::deque<Undo> undo_;
  bool full_ = false;
  bool damaged_ = false;
};

// A store on the disk. The disk is not locked: one store at a time is the caller's care.
std::unique_ptr<ProjectionStore> NewMemoryStore(
    std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>());

}  // namespace redress
