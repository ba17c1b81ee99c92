// What all RocksDB databases of one process share, so that memory and background work are bounded
// together however many stores are open: block cache, write-buffer budget, rate limit of background
// writing, and the Env. Made once per process by the runner, passed to every store (and to the
// embedded log).
//
// Threads: immutable after construction. Ownership: shared; every database keeps it alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/options.h"
#include "rocksdb/rate_limiter.h"
#include "rocksdb/write_buffer_manager.h"

namespace redress {

struct StoreLimits {
  // Blocks, indexes and filters of all stores; memtables are charged to it too.
  size_t cache_bytes = 256u << 20;
  // Memtables of all stores: beyond it each that is written to is flushed early.
  size_t memtables_bytes = 192u << 20;
  // One memtable.
  size_t write_buffer_bytes = 16u << 20;
  // Flush and compaction of all stores together, so that they never starve the log's fsync on the
  // same disk. 5,000 complaints a second write and merge about half of it.
  int64_t background_bytes_per_second = 256 << 20;
};

class StoreResources {
 public:
  // `disk` is the machine's own, or a faulty one in tests; whatever it is, a quota or file-size
  // limit that is hit on it is reported as a full disk (see FullDiskFileSystem).
  explicit StoreResources(
      const StoreLimits& limits = {},
      std::shared_ptr<rocksdb::FileSystem> disk = rocksdb::FileSystem::Default());

  // Options with everything shared filled in, bounded background work and the checks that every
  // database of ours has on; the caller adds what is its own. Memtables are counted against the
  // cache, but when to flush one is the caller's care (see `memtables_over_budget`).
  rocksdb::Options Options() const;

  rocksdb::Env* env() const { return env_.get(); }
  uint64_t cache_bytes() const { return cache_->GetUsage(); }
  uint64_t memtables_bytes() const { return write_buffers_->memory_usage(); }
  bool memtables_over_budget() const { return memtables_bytes() > limits_.memtables_bytes; }
  const StoreLimits& limits() const { return limits_; }

 private:
  const StoreLimits limits_;
  const std::unique_ptr<rocksdb::Env> env_;
  const std::shared_ptr<rocksdb::Cache> cache_;
  const std::shared_ptr<rocksdb::WriteBufferManager> write_buffers_;
  const std::shared_ptr<rocksdb::RateLimiter> rate_limiter_;
};

}  // namespace redress
