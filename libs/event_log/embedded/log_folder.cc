#include "libs/event_log/embedded/log_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "libs/base/status.h"

namespace redress {
namespace {

constexpr size_t kSecretBytes = 32;

absl::Status SystemError(const std::string& what, int error) {
  const std::string message = what + ": " + std::strerror(error);
  if (error == ENOSPC || error == EFBIG || error == EDQUOT)
    return absl::ResourceExhaustedError(message);
  if (error == EACCES || error == EPERM || error == EROFS)
    return absl::PermissionDeniedError(message);
  return absl::UnavailableError(message);
}

absl::Status WriteDurably(const std::string& folder, const std::string& name,
                          std::string_view bytes) {
  const std::string path = folder + "/" + name;
  const std::string draft = path + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return SystemError("cannot make " + draft, errno);
  const bool written =
      ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (!written) return SystemError("cannot write " + draft, error);
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return SystemError("cannot rename to " + path, errno);
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return SystemError("cannot open " + folder, errno);
  const int synced = ::fsync(directory);
  const int sync_error = errno;
  ::close(directory);
  return synced == 0 ? absl::OkStatus() : SystemError("cannot sync " + folder, sync_error);
}

// Empty when there is no such file.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return std::string();
  if (file < 0) return SystemError("cannot read " + path, errno);
  char bytes[4096];
  const ssize_t size = ::read(file, bytes, sizeof(bytes));
  const int error = errno;
  ::close(file);
  if (size < 0) return SystemError("cannot read " + path, error);
  if (size == 0) return absl::DataLossError(path + " is empty");
  return std::string(bytes, static_cast<size_t>(size));
}

}  // namespace

absl::StatusOr<std::unique_ptr<FolderLock>> FolderLock::Take(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return SystemError("cannot make the log folder " + folder, error.value());
  const std::string path = folder + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return SystemError("cannot open " + path, errno);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return absl::FailedPreconditionError(
        "the log in " + folder +
        " is open already: an embedded log belongs to one process at a time");
  }
  return std::unique_ptr<FolderLock>(new FolderLock(file));
}

FolderLock::~FolderLock() { ::close(file_); }

absl::Status SealFolder(const std::string& folder, std::string_view why) {
  return WriteDurably(folder, "sealed", why);
}

absl::Status CheckNotSealed(const std::string& folder) {
  REDRESS_ASSIGN_OR_RETURN(const std::string why, ReadSmallFile(folder + "/sealed"));
  if (why.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError("the log in " + folder + " is sealed: " + why);
}

absl::StatusOr<std::string> IdSecret(const std::string& folder, std::string_view given,
                                     bool may_create) {
  const std::string path = folder + "/secret";
  REDRESS_ASSIGN_OR_RETURN(std::string kept, ReadSmallFile(path));
  if (!kept.empty()) {
    if (given.empty() || given == kept) return kept;
    return absl::FailedPreconditionError(
        "the id secret given is not the one in " + path +
        ": complaint ids would differ. Use the secret of that log.");
  }
  if (!may_create) {
    if (!given.empty()) return std::string(given);
    return absl::FailedPreconditionError(
        path +
        " is missing: the log cannot be used without its id secret; put the file "
        "back");
  }
  std::string secret(given);
  if (secret.empty()) {
    secret.resize(kSecretBytes);
    if (::getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size())) {
      return SystemError("no random bytes for the id secret", errno);
    }
  }
  REDRESS_RETURN_IF_ERROR(WriteDurably(folder, "secret", secret));
  return secret;
}

}  // namespace redress
