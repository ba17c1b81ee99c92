// One service put together: projector, actor and command path over the ports, driven by an
// executor. Still a step machine: in production the executor is a thread, in the simulation a
// scheduler; the code is the same.
//
// Threads: everything on the executor, but for the constructor, `Post…` and the atomics in
// `counters`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/event_log/event_log.h"
#include "libs/projection/projection_store.h"
#include "libs/runtime/actor.h"
#include "libs/runtime/command_path.h"
#include "libs/runtime/counters.h"
#include "libs/runtime/executor.h"
#include "libs/runtime/projector.h"
#include "libs/runtime/token.h"

namespace redress {

// The world of one service; all of it outlives the service.
struct Ports {
  EventLog* log = nullptr;
  ProjectionStore* store = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Executor* executor = nullptr;
};

// What makes a service this service.
struct ServiceParts {
  // "intake", "classifier", …: also the actor of its events.
  std::string name;
  Projection* projection = nullptr;
  // Null: the service has no work.
  WorkDecider* decider = nullptr;
  // Kinds of work in the order in which they are served, and the ownerships they need.
  std::vector<WorkKind> kinds;
  std::vector<OwnershipKind> owns;
  // True: commands are taken (intake). `older_requests` may be null.
  bool takes_commands = false;
  ClosedRequestIndex* older_requests = nullptr;
  Projector::Options projector;
  Actor::Options actor;
  CommandPath::Options commands;
};

class Service {
 public:
  Service(ServiceParts parts, Ports ports);
  ~Service();

  // Loads the projection and begins to fold. On the executor.
  absl::Status Start();
  // Flushes and lets go of its units. On the executor; nothing runs afterwards.
  void Stop();

  // Runs the machines until nothing is left to do now, then arranges to be woken. On the executor.
  void Pump();

  Projector& projector() { return *projector_; }
  Actor* actor() { return actor_.get(); }
  // Null when the service takes no commands.
  CommandPath* commands() { return commands_.get(); }
  RuntimeCounters& counters() { return counters_; }
  const std::string& name() const { return parts_.name; }
  // What happens in this unit now is counted here: the instance acts for it and no longer folds the
  // past. Of several instances one counts an event. On the executor.
  bool Counts(OwnershipKind kind, Partition unit) const;
  // This instance acts for the partition: of the directory nobody does. On the executor.
  bool ActsFor(TopicPartition source) const;
  // Rows of work by the name of their kind.
  struct WorkCount {
    uint64_t waiting = 0;
    uint64_t parked = 0;
    // Since the oldest became due; timers not due yet do not count.
    double oldest_seconds = 0;
  };
  std::map<std::string, WorkCount> WorkCounts() const;
  // The service cannot go on: it stops folding and deciding, and says so. On the executor.
  void Fail(const absl::Status& failure);
  // Why the service cannot go on (another log, damaged rows); OK while it can.
  const absl::Status& health() const { return health_; }
  // Called once when `health` turns bad.
  void SetOnFailure(std::function<void(const absl::Status&)> on_failure) {
    on_failure_ = std::move(on_failure);
  }

  // Calls `done` once all that the token names is folded and flushed; DEADLINE_EXCEEDED after
  // `deadline`, INVALID_ARGUMENT for a token of another log.
  void WhenReached(const ConsistencyToken& token, absl::Time deadline,
                   std::function<void(absl::Status)> done);

 private:
  void Wake();
  void WakeAt(absl::Time at);

  const ServiceParts parts_;
  const Ports ports_;
  RuntimeCounters counters_;
  std::unique_ptr<Projector> projector_;
  std::unique_ptr<Actor> actor_;
  std::unique_ptr<CommandPath> commands_;
  std::vector<std::unique_ptr<Ownership>> ownerships_;
  int steps_not_acted_ = 0;
  std::map<OwnershipKind, std::set<Partition>> owned_;
  absl::Status health_;
  std::function<void(const absl::Status&)> on_failure_;

  std::atomic<bool> pump_posted_{false};
  // Posted and not yet fired. Each is earlier than all that were there when it was posted, so they
  // stay few.
  std::set<absl::Time> timers_;
  bool running_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace redress
