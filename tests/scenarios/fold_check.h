// Projections equal a fold from zero: each service folds the whole log once more, into an empty
// folder and without doing any of its work; what the service left behind is folded to the end too;
// then every row must be the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/event_log/read_only_log.h"
#include "libs/host/module.h"
#include "libs/host/process.h"

namespace redress::scenarios {

struct LeftBehind {
  // "intake", "classifier", …
  std::string service;
  // Data folder of the stopped process: its projection lies in <data_dir>/<service>/.
  std::string data_dir;
};

class ProjectionCheck {
 public:
  // By the modules of this release, or by others (tests/future).
  ProjectionCheck();
  explicit ProjectionCheck(std::vector<ModuleFactory> services);
  // After the log that was checked: late call-backs of a log find what they were made for (see
  // HostContext).
  ~ProjectionCheck();

  // Precondition: nobody appends meanwhile, the processes that left the projections have stopped;
  // `scratch` is an empty folder. FAILED_PRECONDITION: a row differs, which one; UNAVAILABLE: the
  // log cannot be read to its end.
  absl::Status Run(EventLog* log, const std::string& id_secret,
                   const std::vector<LeftBehind>& projections, const std::string& scratch);

 private:
  absl::Status FoldToEnd(const std::string& id_secret, const LeftBehind& projection);

  const std::vector<ModuleFactory> services_;
  std::unique_ptr<ReadOnlyLog> reading_;
  SystemClock clock_;
  SystemRandom random_;
  std::vector<std::unique_ptr<Module>> modules_;
};

}  // namespace redress::scenarios
