#include <filesystem>

#include "absl/strings/str_cat.h"
#include "redress/intake/v1/log_service.pb.h"
#include "tools/redressctl/commands.h"

namespace redress::ctl {
namespace {

namespace fs = std::filesystem;

// Written last into a backup (libs/host/backup.h).
constexpr char kManifest[] = "/backup.json";

int Refuse(Session& session, const std::string& why) {
  session.err() << why << "\n";
  return kRefused;
}

}  // namespace

int Rebuild(Session& session, const std::string& module) {
  intake::v1::RebuildRequest request;
  request.set_module(module);
  const auto opened = session.OpenStream("LogService/Rebuild", request);
  if (!opened.ok()) return session.Fail(opened.status());
  RpcStream& stream = **opened;
  intake::v1::RebuildResponse progress;
  while (stream.Read(&progress)) {
    if (session.json) {
      session.PrintJson(progress);
    } else if (!progress.done()) {
      session.err() << "\r" << progress.folded_records() << " of " << progress.total_records()
                    << " records" << std::flush;
    }
  }
  if (!session.json) session.err() << "\n";
  const absl::Status ended = stream.Finish();
  if (!ended.ok()) return session.Fail(ended);
  if (!session.json) {
    session.out() << "Rebuilt: projection " << progress.projection() << " is in force\n";
  }
  return kOk;
}

int Backup(Session& session, const std::string& name) {
  intake::v1::BackupRequest request;
  request.set_name(name);
  const auto made = session.Call<intake::v1::BackupResponse>("LogService/Backup", request);
  if (!made.ok()) return session.Fail(made.status());
  if (session.json) {
    session.PrintJson(*made);
  } else {
    session.out() << "Backup " << made->folder()
                  << (made->holds_log() ? ": projections and log" : ": projections") << "\n";
  }
  return kOk;
}

int Restore(Session& session, const RestoreFlags& flags) {
  std::error_code error;
  if (!fs::exists(flags.from + kManifest, error)) {
    return Refuse(session,
                  absl::StrCat(flags.from, " is no whole backup (", kManifest + 1, " is missing)"));
  }
  if (fs::exists(flags.to, error) && !fs::is_empty(flags.to, error)) {
    return Refuse(
        session,
        absl::StrCat(flags.to, " is not empty: restore into a new folder, then start on that"));
  }
  // Renamed at the end: what a killed restore leaves is no data folder.
  const std::string partial = flags.to + ".partial";
  fs::remove_all(partial, error);
  const auto parent = fs::absolute(flags.to).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (!error) fs::copy(flags.from, partial, fs::copy_options::recursive, error);
  if (!error) fs::remove(partial + kManifest, error);
  if (!error) fs::remove(flags.to, error);
  if (!error) fs::rename(partial, flags.to, error);
  if (error) return Refuse(session, absl::StrCat("restore ", flags.to, ": ", error.message()));
  session.out() << "Restored to " << flags.to << "; start with --data-dir " << flags.to << "\n";
  return kOk;
}

}  // namespace redress::ctl
