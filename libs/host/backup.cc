#include "libs/host/backup.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "libs/projection/rocksdb/projection_directory.h"

namespace redress {
namespace {

constexpr size_t kLongestName = 64;

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' ||
                  c == '-';
         });
}

std::string ManifestOf(const HostContext& host, const intake::v1::BackupResponse& made) {
  const auto quoted = [](std::string* out, const std::string& text) {
    out->append(LogValue::Quoted(text));
  };
  return absl::StrCat("{\"log_id\": \"", host.log->log_id().ToHex(),
                      "\", \"version\": ", LogValue::Quoted(host.build.version),
                      ", \"holds_log\": ", made.holds_log() ? "true" : "false", ", \"modules\": [",
                      absl::StrJoin(made.modules(), ", ", quoted), "], \"made_at\": \"",
                      Rfc3339(ToMicros(host.clock->Now())), "\"}\n");
}

}  // namespace

absl::StatusOr<intake::v1::BackupResponse> MakeBackup(
    const std::string& backup_dir, const std::string& name, const HostContext& host,
    const EmbeddedLog* log, const std::vector<std::unique_ptr<Module>>& modules) {
  if (backup_dir.empty()) {
    return MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                     "no folder for backups is configured: start with --backup-dir");
  }
  if (!IsName(name))
    return InvalidField("name",
                        "1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', not beginning with '.'");
  DirectoryFiles* const files = DirectoryFiles::Default();
  const std::string folder = absl::StrCat(backup_dir, "/", name);
  const std::string partial = folder + ".partial";
  std::error_code error;
  if (std::filesystem::exists(folder, error)) {
    return MakeError(absl::StatusCode::kAlreadyExists, reason::kConflict,
                     "there is a backup of this name");
  }
  // What an earlier attempt left when it was interrupted.
  REDRESS_RETURN_IF_ERROR(files->RemoveTree(partial));
  REDRESS_RETURN_IF_ERROR(files->MakeDirectory(partial));
  intake::v1::BackupResponse made;
  for (const auto& module : modules) {
    REDRESS_RETURN_IF_ERROR(module->BackUp(partial));
    made.add_modules(std::string(module->name()));
  }
  if (log != nullptr) {
    REDRESS_RETURN_IF_ERROR(log->BackUp(partial + "/log"));
    made.set_holds_log(true);
  }
  REDRESS_RETURN_IF_ERROR(
      files->WriteSynced(absl::StrCat(partial, "/", kBackupManifest), ManifestOf(host, made)));
  REDRESS_RETURN_IF_ERROR(files->SyncDirectory(partial));
  REDRESS_RETURN_IF_ERROR(files->Rename(partial, folder));
  REDRESS_RETURN_IF_ERROR(files->SyncDirectory(backup_dir));
  made.set_folder(folder);
  Log(LogLevel::kInfo, "process", "backup made", {{"folder", folder}});
  return made;
}

}  // namespace redress
