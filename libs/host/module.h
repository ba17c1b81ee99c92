// A module: one service of a process. `redress` runs any subset, `redress-intake` … one; modules
// talk to each other only through the log and gRPC, exactly as they would apart (architecture §4).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/event_log/event_log.h"
#include "libs/metrics/metrics.h"
#include "libs/metrics/service_metrics.h"
#include "libs/projection/rocksdb/store_resources.h"
#include "libs/rpc/service.h"

namespace redress {

// What a process gives its modules. It outlives their `Stop`; the modules themselves outlive the
// log, so that late call-backs of the log find their executors (and are dropped).
struct HostContext {
  EventLog* log = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Metrics* metrics = nullptr;
  std::shared_ptr<StoreResources> resources;
  // Projections lie in <data_dir>/<service>/.
  std::string data_dir;
  // The secret of the log: keyed ids are made with it.
  std::string id_secret;
  // Names this instance in status answers.
  std::string instance;
  BuildVersion build;
  // So many layouts later than its own a module keeps its rows under: for tests of releases side by
  // side.
  int later_layouts = 0;
  // YAML that intake publishes when no policy is active; empty: none.
  std::string policy_file;
  // Called when a module cannot go on (another log, a truncated one, damaged rows): the process
  // ends. Any thread; not set: the module is only not ready.
  std::function<void(std::string_view module, const absl::Status& why)> fail;
};

// One partition as a service sees it.
struct PartitionStatus {
  TopicPartition source;
  Offset position;
  Offset end;
  // Its work is done by this instance.
  bool owned = false;
};

struct ModuleStatus {
  std::string name;
  bool ready = false;
  std::string not_ready_reason;
  std::vector<PartitionStatus> partitions;
  uint64_t work_waiting = 0;
  uint64_t work_parked = 0;
  // How long the oldest row of work has been due.
  double oldest_work_seconds = 0;
  // Streams held back because a newer release wrote to them.
  uint64_t newer_than_me = 0;
  // Age of what is not folded yet; 0 when caught up.
  double lag_seconds = 0;
  // Fingerprint of the projection.
  std::string projection;
};

class Module {
 public:
  virtual ~Module() = default;
  virtual std::string_view name() const = 0;
  // Opens the projection and begins to fold; returns before it has caught up.
  virtual absl::Status Start() = 0;
  // The gRPC services it answers; after Start, once.
  virtual std::vector<RpcService> RpcServices() = 0;
  // OK once it can serve, else why not. Any thread.
  virtual absl::Status Ready() const = 0;
  virtual ModuleStatus Status() const = 0;
  // Flushes and lets go of everything. After the gRPC server has drained.
  virtual void Stop() = 0;

  // Puts the projection of a stopped module of the same kind, folded elsewhere below `data_dir`, in
  // force from the module's next start on, and answers its fingerprint. Any thread.
  virtual absl::StatusOr<std::string> AdoptProjection(const std::string& data_dir) = 0;
  // A copy of the projection as of now below `data_dir`, which a module can start from. Blocks; any
  // thread.
  virtual absl::Status BackUp(const std::string& data_dir) = 0;
};

}  // namespace redress
