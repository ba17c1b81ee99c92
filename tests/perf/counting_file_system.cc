#include "tests/perf/counting_file_system.h"

#include <filesystem>
#include <utility>

namespace redress::perf {

using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

class File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<FSWritableFile> file, std::atomic<uint64_t>* bytes,
       std::atomic<uint64_t>* syncs)
      : FSWritableFileOwnerWrapper(std::move(file)), bytes_(bytes), syncs_(syncs) {}

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    *bytes_ += bytes.size();
    return target()->Append(bytes, options, debug);
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    *bytes_ += bytes.size();
    return target()->Append(bytes, options, verification, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    ++*syncs_;
    return target()->Sync(options, debug);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    ++*syncs_;
    return target()->Fsync(options, debug);
  }

 private:
  std::atomic<uint64_t>* const bytes_;
  std::atomic<uint64_t>* const syncs_;
};

}  // namespace

std::unique_ptr<FSWritableFile> CountingFileSystem::Counted(const std::string& name,
                                                            std::unique_ptr<FSWritableFile> file) {
  const std::filesystem::path path(name);
  Counter* counter = nullptr;
  {
    MutexLock lock(mutex_);
    auto& known = counters_[path.parent_path().parent_path().filename().string()];
    if (known == nullptr) known = std::make_unique<Counter>();
    counter = known.get();
  }
  auto* bytes = path.extension() == ".log" ? &counter->log_bytes : &counter->table_bytes;
  return std::make_unique<File>(std::move(file), bytes, &counter->syncs);
}

std::map<std::string, DiskUse> CountingFileSystem::ByService() const {
  MutexLock lock(mutex_);
  std::map<std::string, DiskUse> all;
  for (const auto& [service, counter] : counters_) {
    all[service] = {counter->log_bytes, counter->table_bytes, counter->syncs};
  }
  return all;
}

IOStatus CountingFileSystem::NewWritableFile(const std::string& name, const FileOptions& options,
                                             std::unique_ptr<FSWritableFile>* file,
                                             IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> inner;
  IOStatus status = target()->NewWritableFile(name, options, &inner, debug);
  if (status.ok()) *file = Counted(name, std::move(inner));
  return status;
}

IOStatus CountingFileSystem::ReopenWritableFile(const std::string& name, const FileOptions& options,
                                                std::unique_ptr<FSWritableFile>* file,
                                                IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> inner;
  IOStatus status = target()->ReopenWritableFile(name, options, &inner, debug);
  if (status.ok()) *file = Counted(name, std::move(inner));
  return status;
}

IOStatus CountingFileSystem::ReuseWritableFile(const std::string& name, const std::string& old_name,
                                               const FileOptions& options,
                                               std::unique_ptr<FSWritableFile>* file,
                                               IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> inner;
  IOStatus status = target()->ReuseWritableFile(name, old_name, options, &inner, debug);
  if (status.ok()) *file = Counted(name, std::move(inner));
  return status;
}

}  // namespace redress::perf
