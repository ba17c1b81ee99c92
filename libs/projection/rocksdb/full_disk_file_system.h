// A file system that calls every "no more bytes here" by one name. RocksDB knows ENOSPC (it can
// resume after it), but takes a used-up quota (EDQUOT) or file-size limit (EFBIG) for a broken
// disk; for us all three are a full disk: RESOURCE_EXHAUSTED, and go on when there is space again.
// A process that may meet a file-size limit must ignore SIGXFSZ. RocksDB's own log file is not
// made: its lines become those of the process (log_lines.h).
//
// Threads: as the file system underneath.
#pragma once

#include <memory>
#include <string>

#include "rocksdb/file_system.h"

namespace redress {

class FullDiskFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FullDiskFileSystem(std::shared_ptr<rocksdb::FileSystem> base)
      : FileSystemWrapper(std::move(base)) {}
  const char* Name() const override { return "FullDiskFileSystem"; }

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
  rocksdb::IOStatus NewLogger(const std::string& name, const rocksdb::IOOptions& options,
                              std::shared_ptr<rocksdb::Logger>* logger,
                              rocksdb::IODebugContext* debug) override;
};

}  // namespace redress
