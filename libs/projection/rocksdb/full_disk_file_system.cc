#include "libs/projection/rocksdb/full_disk_file_system.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "libs/projection/rocksdb/log_lines.h"

namespace redress {

using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

// RocksDB keeps of the error number only its text.
bool SaysNoMoreBytes(std::string_view message) {
  return message.find(std::strerror(EFBIG)) != std::string_view::npos ||
         message.find(std::strerror(EDQUOT)) != std::string_view::npos;
}

IOStatus Named(IOStatus status) {
  if (!status.IsIOError() || status.IsNoSpace() || !SaysNoMoreBytes(status.ToString()))
    return status;
  return IOStatus::NoSpace(status.ToString());
}

class File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  explicit File(std::unique_ptr<FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)) {}

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    return Named(target()->Append(bytes, options, debug));
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    return Named(target()->Append(bytes, options, verification, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return Named(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Named(target()->Fsync(options, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return Named(target()->Close(options, debug));
  }
};

IOStatus Wrap(IOStatus status, std::unique_ptr<FSWritableFile> inner,
              std::unique_ptr<FSWritableFile>* file) {
  if (status.ok()) *file = std::make_unique<File>(std::move(inner));
  return Named(std::move(status));
}

}  // namespace

IOStatus FullDiskFileSystem::NewLogger(const std::string& name, const IOOptions&,
                                       std::shared_ptr<rocksdb::Logger>* logger, IODebugContext*) {
  *logger = std::make_shared<RocksDbLogLines>(name);
  return IOStatus::OK();
}

IOStatus FullDiskFileSystem::NewWritableFile(const std::string& name, const FileOptions& options,
                                             std::unique_ptr<FSWritableFile>* file,
                                             IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> inner;
  IOStatus status = target()->NewWritableFile(name, options, &inner, debug);
  return Wrap(std::move(status), std::move(inner), file);
}

IOStatus FullDiskFileSystem::ReopenWritableFile(const std::string& name, const FileOptions& options,
                                                std::unique_ptr<FSWritableFile>* file,
                                                IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> inner;
  IOStatus status = target()->ReopenWritableFile(name, options, &inner, debug);
  return Wrap(std::move(status), std::move(inner), file);
}

IOStatus FullDiskFileSystem::ReuseWritableFile(const std::string& name, const std::string& old_name,
                                               const FileOptions& options,
                                               std::unique_ptr<FSWritableFile>* file,
                                               IODebugContext* debug) {
  std::unique_ptr<FSWritableFile> inner;
  IOStatus status = target()->ReuseWritableFile(name, old_name, options, &inner, debug);
  return Wrap(std::move(status), std::move(inner), file);
}

}  // namespace redress
