// The folder of an embedded log: made when missing, held by one process at a time, with the id
// secret beside the records.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace redress {

// Holds the folder while it lives. The kernel gives it back when the process dies, however it dies.
class FolderLock {
 public:
  // Makes the folder when it is missing. FAILED_PRECONDITION: another log, in this process or
  // another, has it.
  static absl::StatusOr<std::unique_ptr<FolderLock>> Take(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_;
};

// A sealed folder holds the file `sealed`, whose text says why. `SealFolder` makes it, durably.
// `CheckNotSealed`: FAILED_PRECONDITION with that text when it is there.
absl::Status SealFolder(const std::string& folder, std::string_view why);
absl::Status CheckNotSealed(const std::string& folder);

// The id secret of the folder: what the file `secret` holds. Where there is none yet: `given`, or
// 32 random bytes when that is empty, written to the file (mode 0600, durable) if `may_create`.
// FAILED_PRECONDITION: the file is missing and must not be made, or differs from `given`.
absl::StatusOr<std::string> IdSecret(const std::string& folder, std::string_view given,
                                     bool may_create);

}  // namespace redress
