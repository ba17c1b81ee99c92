#include "tests/scenarios/fold_check.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/status.h"
#include "libs/projection/rocksdb/rocksdb_store.h"
#include "libs/projection/row_key.h"
#include "services/suite/modules.h"

namespace redress::scenarios {
namespace {

constexpr absl::Duration kFoldedWithin = absl::Minutes(2);
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(5);

using RowsByKey = std::map<std::string, std::string>;

// All rows but the cursors of timers, which say how far the clock was, not what the log holds.
absl::StatusOr<RowsByKey> ReadRows(const LeftBehind& left) {
  // Read as it lies there: a stopped module has closed its store, but keeps the lock of the folder
  // while it lives.
  const std::string folder = absl::StrCat(left.data_dir, "/", left.service);
  std::string current;
  if (!(std::ifstream(folder + "/CURRENT") >> current))
    return absl::NotFoundError(folder + ": no projection");
  REDRESS_ASSIGN_OR_RETURN(
      const auto store,
      OpenRocksDbStore({folder + "/" + current, std::make_shared<StoreResources>()}));
  RowsByKey rows;
  REDRESS_RETURN_IF_ERROR(
      store->Scan("", "", false, [&](std::string_view key, std::string_view value) {
        const bool cursor = key.substr(0, 7) == std::string(1, kMetaTable) + "cursor";
        if (!cursor) rows.emplace(key, value);
        return true;
      }));
  return rows;
}

std::string Shown(std::string_view bytes) {
  return absl::CHexEscape(absl::string_view(bytes.data(), std::min<size_t>(bytes.size(), 400)));
}

absl::Status Compare(const std::string& service, const RowsByKey& left, const RowsByKey& folded) {
  const auto differs = [&](const std::string& key, const std::string& what) {
    return absl::FailedPreconditionError(absl::StrCat(service, ": row ", Shown(key), " ", what,
                                                      " (", left.size(), " rows left behind, ",
                                                      folded.size(), " folded from zero)"));
  };
  for (const auto& [key, value] : folded) {
    const auto found = left.find(key);
    if (found == left.end()) return differs(key, "is missing: " + Shown(value));
    if (found->second == value) continue;
    return differs(key, "is " + Shown(found->second) + ", a fold from zero says " + Shown(value));
  }
  for (const auto& [key, value] : left) {
    if (folded.count(key) == 0)
      return differs(key, "is there, though a fold from zero has none: " + Shown(value));
  }
  return absl::OkStatus();
}

}  // namespace

ProjectionCheck::ProjectionCheck() : ProjectionCheck(SuiteModules()) {}
ProjectionCheck::ProjectionCheck(std::vector<ModuleFactory> services)
    : services_(std::move(services)) {}
ProjectionCheck::~ProjectionCheck() = default;

absl::Status ProjectionCheck::FoldToEnd(const std::string& id_secret,
                                        const LeftBehind& projection) {
  HostContext host{reading_.get(), &clock_, &random_, nullptr, std::make_shared<StoreResources>()};
  host.data_dir = projection.data_dir;
  host.id_secret = id_secret;
  const auto factory =
      std::find_if(services_.begin(), services_.end(),
                   [&](const ModuleFactory& known) { return known.name == projection.service; });
  if (factory == services_.end())
    return absl::NotFoundError("no such service: " + projection.service);
  modules_.push_back(factory->make(host));
  Module& module = *modules_.back();
  REDRESS_RETURN_IF_ERROR(module.Start());
  absl::Status ready = module.Ready();
  for (absl::Duration waited; !ready.ok() && waited < kFoldedWithin; waited += kBetweenLooks) {
    absl::SleepFor(kBetweenLooks);
    ready = module.Ready();
  }
  module.Stop();
  return ready;
}

absl::Status ProjectionCheck::Run(EventLog* log, const std::string& id_secret,
                                  const std::vector<LeftBehind>& projections,
                                  const std::string& scratch) {
  reading_ = std::make_unique<ReadOnlyLog>(log);
  int number = 0;
  for (const LeftBehind& left : projections) {
    const LeftBehind fresh{left.service, absl::StrCat(scratch, "/", number++)};
    std::filesystem::create_directories(fresh.data_dir);
    // What was appended while the process stopped is folded as a restart would fold it.
    REDRESS_RETURN_IF_ERROR(FoldToEnd(id_secret, left));
    REDRESS_RETURN_IF_ERROR(FoldToEnd(id_secret, fresh));
    REDRESS_ASSIGN_OR_RETURN(const RowsByKey before, ReadRows(left));
    REDRESS_ASSIGN_OR_RETURN(const RowsByKey after, ReadRows(fresh));
    REDRESS_RETURN_IF_ERROR(Compare(left.service, before, after));
  }
  return absl::OkStatus();
}

}  // namespace redress::scenarios
