// A disk that can be full, refuse to sync, or lose power: a RocksDB file system over a real
// directory, for tests of everything that stores through RocksDB (projections, the embedded log).
//
// A power cut in a test: `CutPower()` (every later write fails, as the process would be gone),
// destroy what has files open, `LoseUnsynced()`, open again.
//
// Threads: every method from any thread. Must outlive every database opened on it; see `FaultDisk`
// for the usual way to hold it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "libs/base/mutex.h"
#include "libs/base/random.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace redress {

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  // Over the machine's own file system.
  FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultFileSystem"; }

  // From now on `bytes` more can be written; a write beyond keeps the part that fits and fails with
  // NoSpace, as a real disk does. Deleting gives nothing back.
  void SetSpace(uint64_t bytes);
  void SetUnlimitedSpace();

  // The next `count` syncs of files fail. What they should have made durable stays unsynced.
  void FailSyncs(int count);

  // Every write, sync, rename and deletion fails from now on and changes nothing.
  void CutPower();
  // What a disk shows after the cut: files are cut back to what was synced (or, given `random`, to
  // anywhere between that and what was written) and files whose directory was not synced since they
  // were made are gone. Power is back. Precondition: no file is open for writing.
  rocksdb::IOStatus LoseUnsynced(SeededRandom* random = nullptr);

  // Bytes written and number of file syncs so far.
  uint64_t bytes_written() const;
  int64_t syncs() const;

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
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class Directory;
  struct Length {
    uint64_t written = 0;
    uint64_t synced = 0;
  };

  rocksdb::IOStatus Powered() const;
  // How many of `bytes` may be written now; takes them from the space.
  uint64_t Take(uint64_t bytes);
  // The power is on and this sync is not one of those that fail.
  rocksdb::IOStatus MaySync();
  void Written(const std::string& name, uint64_t bytes);
  void Cut(const std::string& name, uint64_t size);
  uint64_t WrittenLength(const std::string& name) const;
  void Synced(const std::string& name, uint64_t length);
  void DirectorySynced(const std::string& name);

  mutable Mutex mutex_;
  std::optional<uint64_t> space_;
  int failing_syncs_ = 0;
  bool powered_ = true;
  uint64_t bytes_written_ = 0;
  int64_t syncs_ = 0;
  std::map<std::string, Length> files_;
  // Files made since their directory was last synced.
  std::set<std::string> unlinked_;
};

// A fault file system with the Env that RocksDB options want.
struct FaultDisk {
  std::shared_ptr<FaultFileSystem> files = std::make_shared<FaultFileSystem>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
};

}  // namespace redress
