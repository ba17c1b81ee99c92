// The `ProjectionStore` on disk: one RocksDB with one column family, its write-ahead log on and
// never synced. The event log is the truth and positions are rows of the same batches, so a crash
// costs the replay of a tail.
//
// Threads: as the port says. One store per directory and machine: RocksDB's LOCK file.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/projection/projection_store.h"
#include "libs/projection/rocksdb/store_resources.h"
#include "rocksdb/status.h"

namespace redress {

struct RocksDbStoreOptions {
  // Made when missing, parents included.
  std::string dir;
  // Shared by all stores of the process.
  std::shared_ptr<StoreResources> resources;
};

class RocksDbStore : public ProjectionStore {
 public:
  // A copy of the store as of now in `dir`, which must not exist (its parent must): links table
  // files and copies the write-ahead log. Any thread; slow enough (tens of ms) to stay off the
  // projector's.
  virtual absl::Status Checkpoint(const std::string& dir) = 0;

  // OK until a read of any thread finds files damaged; from then on its DATA_LOSS. Whoever made the
  // read got it as an answer; the owner of the store asks here, since nothing that is read from it
  // counts any more. Any thread.
  virtual absl::Status damage() const = 0;
};

// FAILED_PRECONDITION: another store, here or in another process, has the directory open.
// DATA_LOSS: files are damaged; remove the directory and let the projection be rebuilt.
// RESOURCE_EXHAUSTED: disk full, call again. UNAVAILABLE: any other failure of the disk. Nothing is
// left open after an error.
absl::StatusOr<std::unique_ptr<RocksDbStore>> OpenRocksDbStore(RocksDbStoreOptions options);

// How every RocksDB failure is named in this project; `what` begins the message. OK for OK.
absl::Status FromRocksDb(const rocksdb::Status& status, const std::string& what);

}  // namespace redress
