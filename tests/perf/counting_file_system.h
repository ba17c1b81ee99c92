// What the projections write to disk, by service: a RocksDB file system under their
// `StoreResources` that counts and passes on. A file belongs to the service whose folder it lies in
// (<data>/<service>/<fingerprint>/file). Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "libs/base/mutex.h"
#include "rocksdb/file_system.h"

namespace redress::perf {

// Since the file system was made.
struct DiskUse {
  // Write-ahead log: every key-value once, as it was written.
  uint64_t log_bytes = 0;
  // Table files: flushed memtables, and rewritten by compaction.
  uint64_t table_bytes = 0;
  uint64_t syncs = 0;
};

class CountingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  struct Counter {
    std::atomic<uint64_t> log_bytes{0};
    std::atomic<uint64_t> table_bytes{0};
    std::atomic<uint64_t> syncs{0};
  };

  explicit CountingFileSystem(std::shared_ptr<rocksdb::FileSystem> base)
      : FileSystemWrapper(std::move(base)) {}
  const char* Name() const override { return "CountingFileSystem"; }

  std::map<std::string, DiskUse> ByService() const;

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;

 private:
  std::unique_ptr<rocksdb::FSWritableFile> Counted(const std::string& name,
                                                   std::unique_ptr<rocksdb::FSWritableFile> file);

  mutable Mutex mutex_;
  // Never removed from: files hold on to theirs.
  std::map<std::string, std::unique_ptr<Counter>> counters_;
};

}  // namespace redress::perf
