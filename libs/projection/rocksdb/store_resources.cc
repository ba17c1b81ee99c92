#include "libs/projection/rocksdb/store_resources.h"

#include "libs/projection/rocksdb/full_disk_file_system.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"

namespace redress {

StoreResources::StoreResources(const StoreLimits& limits, std::shared_ptr<rocksdb::FileSystem> disk)
    : limits_(limits),
      env_(rocksdb::NewCompositeEnv(std::make_shared<FullDiskFileSystem>(std::move(disk)))),
      cache_(rocksdb::NewLRUCache(limits.cache_bytes, /*num_shard_bits=*/4)),
      // Counts only (size 0): a flush that it began by itself would switch write-ahead logs at a
      // moment of its own.
      write_buffers_(std::make_shared<rocksdb::WriteBufferManager>(/*buffer_size=*/0, cache_)),
      rate_limiter_(rocksdb::NewGenericRateLimiter(limits.background_bytes_per_second)) {
  // Compaction yields to folds and calls: on few cores it would otherwise add to their latency.
  env_->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);
}

rocksdb::Options StoreResources::Options() const {
  rocksdb::Options options;
  options.env = env_.get();
  options.create_if_missing = true;
  options.write_buffer_manager = write_buffers_;
  options.rate_limiter = rate_limiter_;
  options.write_buffer_size = limits_.write_buffer_bytes;
  options.max_write_buffer_number = 3;
  // One flush and two compactions at a time, of all stores and the log together: one large one does
  // not keep the small ones waiting until writes are slowed for them.
  options.max_background_jobs = 3;
  options.max_open_files = 512;
  options.bytes_per_sync = 1 << 20;
  options.level_compaction_dynamic_level_bytes = true;
  // What is young is soon compacted again: compressing it each time would cost more than the space
  // is worth.
  options.compression = rocksdb::kNoCompression;
  options.bottommost_compression = rocksdb::kLZ4Compression;
  options.paranoid_checks = true;
  options.force_consistency_checks = true;
  // Warnings only, and into the log of the process (FullDiskFileSystem).
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache_;
  table.block_size = 8 << 10;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  // Charged to the cache, but held by the open files: a look-up in the cache for each filter asked
  // costs more than the filter, and most look-ups are for keys that are not there yet.
  using Pinning = rocksdb::PinningTier;
  table.metadata_cache_options = {Pinning::kAll, Pinning::kAll, Pinning::kAll};
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace redress
