#include "libs/projection/rocksdb/projection_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/file.h"
#include "libs/base/status.h"

namespace redress {

namespace {

namespace fs = std::filesystem;

constexpr char kCurrent[] = "/CURRENT";
constexpr char kNext[] = "/CURRENT.next";
constexpr std::string_view kGone = ".gone";

absl::Status Failed(const std::string& what, int error) {
  const std::string message = absl::StrCat(what, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    return absl::ResourceExhaustedError(message);
  return absl::UnavailableError(message);
}
absl::Status Failed(const std::string& what, const std::error_code& error) {
  return Failed(what, error.value());
}

// An open file, closed on all paths.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

class MachineFiles final : public DirectoryFiles {
 public:
  absl::Status MakeDirectory(const std::string& path) override {
    std::error_code error;
    fs::create_directories(path, error);
    return error ? Failed(absl::StrCat("make ", path), error) : absl::OkStatus();
  }
  absl::Status WriteSynced(const std::string& path, std::string_view content) override {
    const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.number() < 0) return Failed(absl::StrCat("open ", path), errno);
    while (!content.empty()) {
      const ssize_t written = write(file.number(), content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failed(absl::StrCat("write ", path), errno);
      content.remove_prefix(static_cast<size_t>(written));
    }
    return fsync(file.number()) == 0 ? absl::OkStatus()
                                     : Failed(absl::StrCat("sync ", path), errno);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    std::error_code error;
    fs::rename(from, to, error);
    return error ? Failed(absl::StrCat("rename ", from), error) : absl::OkStatus();
  }
  absl::Status SyncDirectory(const std::string& path) override {
    const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.number() < 0) return Failed(absl::StrCat("open ", path), errno);
    return fsync(directory.number()) == 0 ? absl::OkStatus()
                                          : Failed(absl::StrCat("sync ", path), errno);
  }
  absl::Status RemoveTree(const std::string& path) override {
    std::error_code error;
    fs::remove_all(path, error);
    return error ? Failed(absl::StrCat("remove ", path), error) : absl::OkStatus();
  }
};

bool IsFingerprint(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
  });
}

// The fingerprint in CURRENT; nothing when there is no such file.
absl::StatusOr<std::optional<std::string>> ReadCurrent(const std::string& root) {
  std::error_code error;
  if (!fs::exists(root + kCurrent, error)) {
    if (error) return Failed(absl::StrCat("read ", root, kCurrent), error);
    return std::optional<std::string>();
  }
  absl::StatusOr<std::string> read = ReadFile(root + kCurrent);
  if (!read.ok()) return absl::UnavailableError(read.status().message());
  std::string line = *std::move(read);
  const bool whole = !line.empty() && line.back() == '\n';
  if (whole) line.pop_back();
  if (!whole || !IsFingerprint(line) || !fs::is_directory(absl::StrCat(root, "/", line), error)) {
    return absl::DataLossError(absl::StrCat(
        root, kCurrent,
        " names no projection that is there; remove the file and it is rebuilt from the log"));
  }
  return std::optional<std::string>(std::move(line));
}

}  // namespace

DirectoryFiles* DirectoryFiles::Default() {
  static MachineFiles files;
  return &files;
}

class ProjectionDirectory::Lock {
 public:
  // `file` is open and locked.
  explicit Lock(int file) : file_(file) {}
  ~Lock() { close(file_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  const int file_;
};

absl::StatusOr<ProjectionDirectory> ProjectionDirectory::Open(const std::string& data,
                                                              const std::string& service,
                                                              DirectoryFiles* files) {
  const std::string root = absl::StrCat(data, "/", service);
  REDRESS_RETURN_IF_ERROR(files->MakeDirectory(root));
  const std::string name = root + "/LOCK";
  const int file = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return Failed(absl::StrCat("open ", name), errno);
  auto lock = std::make_shared<Lock>(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failed(absl::StrCat("lock ", name), errno);
    return absl::FailedPreconditionError(
        absl::StrCat("projections in ", root, " are in use by another process (its LOCK is held)"));
  }
  ProjectionDirectory directory(root, std::move(lock), files);
  REDRESS_ASSIGN_OR_RETURN(directory.active_, ReadCurrent(root));
  return directory;
}

absl::StatusOr<std::string> ProjectionDirectory::Prepare(const std::string& fingerprint) {
  if (!IsFingerprint(fingerprint)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", fingerprint, "\" is no fingerprint"));
  }
  REDRESS_RETURN_IF_ERROR(files_->MakeDirectory(PathOf(fingerprint)));
  REDRESS_RETURN_IF_ERROR(files_->SyncDirectory(root_));
  return PathOf(fingerprint);
}

absl::Status ProjectionDirectory::Adopt(const std::string& folder, const std::string& fingerprint) {
  if (!IsFingerprint(fingerprint)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", fingerprint, "\" is no fingerprint"));
  }
  std::error_code error;
  if (fs::exists(PathOf(fingerprint), error)) {
    return absl::AlreadyExistsError(absl::StrCat(PathOf(fingerprint), " is there already"));
  }
  REDRESS_RETURN_IF_ERROR(files_->Rename(folder, PathOf(fingerprint)));
  REDRESS_RETURN_IF_ERROR(files_->SyncDirectory(root_));
  return Activate(fingerprint);
}

absl::Status ProjectionDirectory::Activate(const std::string& fingerprint) {
  if (active_ == fingerprint) return files_->SyncDirectory(root_);
  REDRESS_RETURN_IF_ERROR(files_->WriteSynced(root_ + kNext, fingerprint + "\n"));
  REDRESS_RETURN_IF_ERROR(files_->Rename(root_ + kNext, root_ + kCurrent));
  // Known to this process from now on; the sync decides what a crash shows. After a failed one,
  // call again.
  active_ = fingerprint;
  return files_->SyncDirectory(root_);
}

absl::StatusOr<std::vector<std::string>> ProjectionDirectory::RemoveOthers() {
  std::set<std::string> others;
  if (!active_.has_value()) return std::vector<std::string>();
  // An `Activate` whose last sync failed: the old directory may only go once CURRENT surely names
  // the new one.
  REDRESS_RETURN_IF_ERROR(files_->SyncDirectory(root_));
  std::error_code error;
  for (fs::directory_iterator entry(root_, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.ends_with(kGone)) name.resize(name.size() - kGone.size());
    if (IsFingerprint(name) && (name != *active_ || entry->path() != PathOf(name)))
      others.insert(name);
  }
  if (error) return Failed(absl::StrCat("list ", root_), error);
  for (const std::string& name : others) {
    const std::string gone = absl::StrCat(PathOf(name), std::string(kGone));
    // An older remainder first: a directory cannot replace one that is not empty.
    REDRESS_RETURN_IF_ERROR(files_->RemoveTree(gone));
    if (name == *active_ || !fs::exists(PathOf(name), error)) continue;
    REDRESS_RETURN_IF_ERROR(files_->Rename(PathOf(name), gone));
    REDRESS_RETURN_IF_ERROR(files_->SyncDirectory(root_));
    REDRESS_RETURN_IF_ERROR(files_->RemoveTree(gone));
  }
  return std::vector<std::string>(others.begin(), others.end());
}

}  // namespace redress
