// Where the projection of one service lies, and how it is replaced by another one without ever
// being in between.
//
//   <data>/<service>/LOCK                 held while a process uses the service's projections
//   <data>/<service>/CURRENT              one line: the fingerprint of the projection that serves
//   <data>/<service>/<fingerprint>/       a projection: RocksDB files
//   <data>/<service>/<fingerprint>.gone/  one that is being removed
//
// The fingerprint is a hash over layout and rules: a changed layout is a rebuild, never a
// migration. Use:
//
//   Open -> Prepare(mine) -> open the store there and fold. When `active()` is another fingerprint,
//   that one may go on serving (`PathOf`) until mine has caught up; then Activate(mine), close the
//   other, RemoveOthers().
//
// Crash-safe at every point: CURRENT is replaced by an atomic rename, a directory is renamed before
// it is emptied, and a half-built projection under its own fingerprint is continued, since its
// positions lie in it.
//
// Threads: one at a time. Ownership: move-only, holds the lock until destroyed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace redress {

// The door to the file system: each call is one step that a crash can follow. Thread-safe.
class DirectoryFiles {
 public:
  virtual ~DirectoryFiles() = default;
  // Parents included; no error when it is there.
  virtual absl::Status MakeDirectory(const std::string& path) = 0;
  // Writes and syncs the file.
  virtual absl::Status WriteSynced(const std::string& path, std::string_view content) = 0;
  // Atomic; replaces a file.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status SyncDirectory(const std::string& path) = 0;
  // With everything in it; may stop half-way.
  virtual absl::Status RemoveTree(const std::string& path) = 0;
  // The machine's own.
  static DirectoryFiles* Default();
};

class ProjectionDirectory {
 public:
  // Takes the lock of <data>/<service>, made when missing, and reads CURRENT. `files` must outlive
  // the directory. FAILED_PRECONDITION: another process has it, named in the message. DATA_LOSS:
  // CURRENT names no projection that is there (remove the file to rebuild). UNAVAILABLE: the disk
  // fails. RESOURCE_EXHAUSTED: the disk is full.
  static absl::StatusOr<ProjectionDirectory> Open(
      const std::string& data, const std::string& service,
      DirectoryFiles* files = DirectoryFiles::Default());

  // Fingerprint of the projection that serves; nothing before the first `Activate`.
  const std::optional<std::string>& active() const { return active_; }
  std::string PathOf(const std::string& fingerprint) const { return root_ + "/" + fingerprint; }

  // The directory for that projection, made when missing; it may hold one, whole or half-built.
  // INVALID_ARGUMENT: not 1-64 characters of [0-9a-z-].
  absl::StatusOr<std::string> Prepare(const std::string& fingerprint);

  // From now on, crash or not, that projection serves. Precondition: `Prepare` was called for it.
  absl::Status Activate(const std::string& fingerprint);

  // Moves a projection that was folded in `folder`, on the same file system and open nowhere, in as
  // `fingerprint`, and activates it. ALREADY_EXISTS when there is one of that name.
  absl::Status Adopt(const std::string& folder, const std::string& fingerprint);

  // Removes all projections but the active one, also those whose removal a crash cut short; nothing
  // before the first `Activate`. Returns their fingerprints. Precondition: no store is open in
  // them. Safe to call again.
  absl::StatusOr<std::vector<std::string>> RemoveOthers();

 private:
  class Lock;
  ProjectionDirectory(std::string root, std::shared_ptr<Lock> lock, DirectoryFiles* files)
      : root_(std::move(root)), lock_(std::move(lock)), files_(files) {}

  std::string root_;
  std::shared_ptr<Lock> lock_;
  DirectoryFiles* files_;
  std::optional<std::string> active_;
};

}  // namespace redress
