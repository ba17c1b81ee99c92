// A RocksDB file system on the real one whose disk fills up, or whose writes tear, when a test
// says. Test only.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace redress {

struct DiskTrouble {
  // Writes that may still happen; at 0 all fail with "no space". Negative: no limit.
  std::atomic<int64_t> writes_left{-1};
  // A write that fails leaves its first half behind.
  std::atomic<bool> torn{false};
  // Syncs fail, though the bytes were written.
  std::atomic<bool> syncs_fail{false};
  // Reported as free; negative: the truth.
  std::atomic<int64_t> free_bytes{-1};

  bool Full() {
    int64_t left = writes_left.load();
    while (left > 0 && !writes_left.compare_exchange_weak(left, left - 1)) {
    }
    return left == 0;
  }
};

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file, DiskTrouble* trouble)
      : FSWritableFileOwnerWrapper(std::move(file)), trouble_(trouble) {}

  using FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (!trouble_->Full()) return FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    if (trouble_->torn) {
      const rocksdb::Slice half(bytes.data(), bytes.size() / 2);
      FSWritableFileOwnerWrapper::Append(half, options, debug).PermitUncheckedError();
    }
    return NoSpace();
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    if (trouble_->syncs_fail) return rocksdb::IOStatus::IOError("injected: sync failed");
    return FSWritableFileOwnerWrapper::Sync(options, debug);
  }

 private:
  static rocksdb::IOStatus NoSpace() {
    return rocksdb::IOStatus::NoSpace("injected: No space left on device");
  }
  DiskTrouble* const trouble_;
};

class FailingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingFileSystem(DiskTrouble* trouble)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), trouble_(trouble) {}
  const char* Name() const override { return "FailingFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (trouble_->writes_left == 0)
      return rocksdb::IOStatus::NoSpace("injected: No space left on device");
    rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
    if (status.ok()) file->reset(new FailingFile(std::move(*file), trouble_));
    return status;
  }
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options,
                                 uint64_t* free, rocksdb::IODebugContext* debug) override {
    if (trouble_->free_bytes < 0)
      return FileSystemWrapper::GetFreeSpace(path, options, free, debug);
    *free = static_cast<uint64_t>(trouble_->free_bytes.load());
    return rocksdb::IOStatus::OK();
  }

 private:
  DiskTrouble* const trouble_;
};

}  // namespace redress
