// Backups: consistent copies of the projections of this process, then of its log, in a new folder.
// Projections first: the log of a backup is never older than what was folded from it, so that a
// suite started on it folds a tail and goes on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/host/module.h"
#include "redress/intake/v1/log_service.pb.h"

namespace redress {

// Stands in a backup that is whole, written last: JSON of log id, version, modules and time.
inline constexpr char kBackupManifest[] = "backup.json";

// Blocks for about as long as copying what is not linked takes. `log` is null where the log is
// elsewhere. While it is being made the folder is called <name>.partial. INVALID_ARGUMENT: the
// name; NOT_FOUND: `backup_dir` is empty; ALREADY_EXISTS: there is a backup of that name.
absl::StatusOr<intake::v1::BackupResponse> MakeBackup(
    const std::string& backup_dir, const std::string& name, const HostContext& host,
    const EmbeddedLog* log, const std::vector<std::unique_ptr<Module>>& modules);

}  // namespace redress
