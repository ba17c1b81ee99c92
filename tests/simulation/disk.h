// What survives a crash of a simulated process: the disk under one projection, in memory or a
// RocksDB directory on the fault-injecting file system. Single-threaded; a store is closed before
// its disk is cut off.
#pragma once

#include <memory>
#include <string>

#include "libs/base/random.h"
#include "libs/projection/projection_store.h"

namespace redress::simulation {

class Disk {
 public:
  virtual ~Disk() = default;
  virtual std::unique_ptr<ProjectionStore> Open() = 0;
  // The process is about to die with its store open: nothing that it writes from now on counts.
  virtual void Cut() {}
  // After the store was closed: loses what a power cut may lose.
  virtual void Lose(SeededRandom& random) = 0;
  // While full, every flush is answered RESOURCE_EXHAUSTED.
  virtual void SetFull(bool full) = 0;
};

std::unique_ptr<Disk> NewMemoryDisk();
// In `dir`, which must not exist; removed with the disk.
std::unique_ptr<Disk> NewRocksDisk(std::string dir);

// The store as one process calls it: every call is a crash site. What a dead process writes is not
// written.
class Fate;
std::unique_ptr<ProjectionStore> NewSiteStore(std::unique_ptr<ProjectionStore> inner, Fate* fate);

}  // namespace redress::simulation
