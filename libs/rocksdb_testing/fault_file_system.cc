#include "libs/rocksdb_testing/fault_file_system.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace redress {

using rocksdb::FileOptions;
using rocksdb::FSDirectory;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

// RocksDB joins paths with one or two slashes.
std::string Normal(const std::string& path) {
  std::string out;
  for (char c : path) {
    if (c != '/' || out.empty() || out.back() != '/') out.push_back(c);
  }
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

std::string Parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

class FaultFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(FaultFileSystem* disk, std::string name, std::unique_ptr<FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), name_(std::move(name)) {}

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    if (IOStatus status = disk_->Powered(); !status.ok()) return status;
    const uint64_t fits = disk_->Take(bytes.size());
    if (fits > 0) {
      IOStatus status = target()->Append(Slice(bytes.data(), fits), options, debug);
      if (!status.ok()) return status;
      disk_->Written(name_, fits);
    }
    return fits == bytes.size() ? IOStatus::OK() : IOStatus::NoSpace("test disk full", name_);
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  // Only direct I/O uses these; nothing in the product does.
  IOStatus PositionedAppend(const Slice&, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("positioned append");
  }
  IOStatus PositionedAppend(const Slice&, uint64_t, const IOOptions&,
                            const rocksdb::DataVerificationInfo&, IODebugContext*) override {
    return IOStatus::NotSupported("positioned append");
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    if (IOStatus status = disk_->Powered(); !status.ok()) return status;
    IOStatus status = target()->Truncate(size, options, debug);
    if (status.ok()) disk_->Cut(name_, size);
    return status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    if (IOStatus status = disk_->MaySync(); !status.ok()) return status;
    // What another thread appends meanwhile may or may not be covered: it counts as not.
    const uint64_t covered = disk_->WrittenLength(name_);
    IOStatus status = target()->Sync(options, debug);
    if (status.ok()) disk_->Synced(name_, covered);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  // Starts writing back early; promises nothing.
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  // Reserved space would show as written after a cut.
  IOStatus Allocate(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  void PrepareWrite(size_t, size_t, const IOOptions&, IODebugContext*) override {}

 private:
  FaultFileSystem* const disk_;
  const std::string name_;
};

class FaultFileSystem::Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(FaultFileSystem* disk, std::string name, std::unique_ptr<FSDirectory> directory)
      : FSDirectoryWrapper(std::move(directory)), disk_(disk), name_(std::move(name)) {}
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return FsyncWithDirOptions(options, debug, rocksdb::DirFsyncOptions());
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& reason) override {
    if (IOStatus status = disk_->Powered(); !status.ok()) return status;
    IOStatus status = FSDirectoryWrapper::FsyncWithDirOptions(options, debug, reason);
    if (status.ok()) disk_->DirectorySynced(name_);
    return status;
  }

 private:
  FaultFileSystem* const disk_;
  const std::string name_;
};

void FaultFileSystem::SetSpace(uint64_t bytes) {
  MutexLock lock(mutex_);
  space_ = bytes;
}

void FaultFileSystem::SetUnlimitedSpace() {
  MutexLock lock(mutex_);
  space_.reset();
}

void FaultFileSystem::FailSyncs(int count) {
  MutexLock lock(mutex_);
  failing_syncs_ = count;
}

void FaultFileSystem::CutPower() {
  MutexLock lock(mutex_);
  powered_ = false;
}

uint64_t FaultFileSystem::bytes_written() const {
  MutexLock lock(mutex_);
  return bytes_written_;
}

int64_t FaultFileSystem::syncs() const {
  MutexLock lock(mutex_);
  return syncs_;
}

IOStatus FaultFileSystem::LoseUnsynced(SeededRandom* random) {
  MutexLock lock(mutex_);
  for (const std::string& name : unlinked_) {
    files_.erase(name);
    if (IOStatus status = target()->DeleteFile(name, IOOptions(), nullptr);
        !status.ok() && !status.IsNotFound()) {
      return status;
    }
  }
  unlinked_.clear();
  for (auto& [name, length] : files_) {
    const uint64_t unsynced = length.written - length.synced;
    if (unsynced == 0) continue;
    const uint64_t kept = length.synced + (random != nullptr ? random->Below(unsynced + 1) : 0);
    std::error_code failure;
    std::filesystem::resize_file(name, kept, failure);
    if (failure) return IOStatus::IOError("cut back " + name, failure.message());
    length = {.written = kept, .synced = kept};
  }
  powered_ = true;
  return IOStatus::OK();
}

IOStatus FaultFileSystem::Powered() const {
  MutexLock lock(mutex_);
  return powered_ ? IOStatus::OK() : IOStatus::IOError("test disk has no power");
}

uint64_t FaultFileSystem::Take(uint64_t bytes) {
  MutexLock lock(mutex_);
  if (!space_.has_value()) return bytes;
  const uint64_t fits = std::min(bytes, *space_);
  *space_ -= fits;
  return fits;
}

IOStatus FaultFileSystem::MaySync() {
  MutexLock lock(mutex_);
  if (!powered_) return IOStatus::IOError("test disk has no power");
  if (failing_syncs_ == 0) return IOStatus::OK();
  --failing_syncs_;
  return IOStatus::IOError("test disk fails to sync");
}

void FaultFileSystem::Written(const std::string& name, uint64_t bytes) {
  MutexLock lock(mutex_);
  files_[name].written += bytes;
  bytes_written_ += bytes;
}

void FaultFileSystem::Cut(const std::string& name, uint64_t size) {
  MutexLock lock(mutex_);
  Length& length = files_[name];
  length.written = std::min(length.written, size);
  length.synced = std::min(length.synced, size);
}

uint64_t FaultFileSystem::WrittenLength(const std::string& name) const {
  MutexLock lock(mutex_);
  const auto found = files_.find(name);
  return found == files_.end() ? 0 : found->second.written;
}

void FaultFileSystem::Synced(const std::string& name, uint64_t length) {
  MutexLock lock(mutex_);
  ++syncs_;
  Length& file = files_[name];
  file.synced = std::max(file.synced, length);
}

void FaultFileSystem::DirectorySynced(const std::string& name) {
  MutexLock lock(mutex_);
  std::erase_if(unlinked_, [&](const std::string& file) { return Parent(file) == name; });
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& name, const FileOptions& options,
                                          std::unique_ptr<FSWritableFile>* file,
                                          IODebugContext* debug) {
  if (IOStatus status = Powered(); !status.ok()) return status;
  std::unique_ptr<FSWritableFile> inner;
  if (IOStatus status = target()->NewWritableFile(name, options, &inner, debug); !status.ok())
    return status;
  {
    MutexLock lock(mutex_);
    files_[Normal(name)] = Length();
    unlinked_.insert(Normal(name));
  }
  *file = std::make_unique<File>(this, Normal(name), std::move(inner));
  return IOStatus::OK();
}

IOStatus FaultFileSystem::ReopenWritableFile(const std::string& name, const FileOptions& options,
                                             std::unique_ptr<FSWritableFile>* file,
                                             IODebugContext* debug) {
  if (IOStatus status = Powered(); !status.ok()) return status;
  const bool existed = target()->FileExists(name, IOOptions(), debug).ok();
  uint64_t size = 0;
  if (existed) {
    if (IOStatus status = target()->GetFileSize(name, IOOptions(), &size, debug); !status.ok())
      return status;
  }
  std::unique_ptr<FSWritableFile> inner;
  if (IOStatus status = target()->ReopenWritableFile(name, options, &inner, debug); !status.ok())
    return status;
  {
    MutexLock lock(mutex_);
    // A file from before this disk counts as synced.
    files_.try_emplace(Normal(name), Length{.written = size, .synced = size});
    if (!existed) unlinked_.insert(Normal(name));
  }
  *file = std::make_unique<File>(this, Normal(name), std::move(inner));
  return IOStatus::OK();
}

IOStatus FaultFileSystem::ReuseWritableFile(const std::string&, const std::string&,
                                            const FileOptions&, std::unique_ptr<FSWritableFile>*,
                                            IODebugContext*) {
  // Old bytes behind the new end would look synced; nothing in the product recycles log files.
  return IOStatus::NotSupported("recycled files");
}

IOStatus FaultFileSystem::NewDirectory(const std::string& name, const IOOptions& options,
                                       std::unique_ptr<FSDirectory>* directory,
                                       IODebugContext* debug) {
  std::unique_ptr<FSDirectory> inner;
  if (IOStatus status = target()->NewDirectory(name, options, &inner, debug); !status.ok())
    return status;
  *directory = std::make_unique<Directory>(this, Normal(name), std::move(inner));
  return IOStatus::OK();
}

IOStatus FaultFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                     IODebugContext* debug) {
  if (IOStatus status = Powered(); !status.ok()) return status;
  IOStatus status = target()->DeleteFile(name, options, debug);
  if (status.ok()) {
    MutexLock lock(mutex_);
    files_.erase(Normal(name));
    unlinked_.erase(Normal(name));
  }
  return status;
}

// A rename counts as durable at once: RocksDB syncs the directory right after every one that
// matters.
IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* debug) {
  if (IOStatus status = Powered(); !status.ok()) return status;
  IOStatus status = target()->RenameFile(from, to, options, debug);
  if (status.ok()) {
    MutexLock lock(mutex_);
    if (auto moved = files_.extract(Normal(from)); !moved.empty()) {
      moved.key() = Normal(to);
      files_.erase(Normal(to));
      files_.insert(std::move(moved));
    }
    unlinked_.erase(Normal(from));
  }
  return status;
}

IOStatus FaultFileSystem::LinkFile(const std::string& from, const std::string& to,
                                   const IOOptions& options, IODebugContext* debug) {
  if (IOStatus status = Powered(); !status.ok()) return status;
  return target()->LinkFile(from, to, options, debug);
}

}  // namespace redress
