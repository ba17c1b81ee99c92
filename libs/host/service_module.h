// What all modules with a projection share: its directory and store, the executor with its thread,
// the service's machines, metrics, readiness. A service adds its projection, its decider and its
// API.
//
// Threads: Start and Stop by the process's main thread; the rest as said.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/mutex.h"
#include "libs/event_log/directory_first_log.h"
#include "libs/host/measured_log.h"
#include "libs/host/module.h"
#include "libs/projection/rocksdb/projection_directory.h"
#include "libs/projection/rocksdb/rocksdb_store.h"
#include "libs/rpc/call.h"
#include "libs/runtime/service.h"
#include "libs/runtime/thread_executor.h"

namespace redress {

class ServiceModule : public Module {
 public:
  // `layout`: version of the service's rows; a change is a rebuild.
  ServiceModule(HostContext host, std::string name, int layout);
  ~ServiceModule() override;

  std::string_view name() const final { return name_; }
  absl::Status Start() final;
  absl::Status Ready() const override;
  ModuleStatus Status() const final;
  void Stop() final;
  absl::StatusOr<std::string> AdoptProjection(const std::string& data_dir) final;
  absl::Status BackUp(const std::string& data_dir) final;

 protected:
  // Makes projection and decider over the open store. Called once by Start, on the main thread.
  virtual absl::StatusOr<ServiceParts> MakeParts() = 0;
  // Right after the machines exist and before anything is folded, on the executor.
  virtual void OnMade(Service& service) {}
  // Once a second, on the executor: metrics of the service's own.
  virtual void OnTick(Service& service) {}
  // At the end of Stop, before the store closes: threads of the service's own end here.
  virtual void OnStop() {}

  const HostContext& host() const { return host_; }
  const ServiceMetrics& metrics() const { return metrics_; }
  const ProjectionStore& store() const { return *store_; }
  ThreadExecutor& executor() { return *executor_; }

  // Runs `work` on the executor; dropped when the module has stopped.
  void OnExecutor(std::function<void(Service&)> work);
  // Calls `done` (on the executor) once all that the token names is folded and flushed.
  // INVALID_ARGUMENT: not a token of this log; UNAVAILABLE, NOT_CAUGHT_UP: not within the call's
  // time.
  void WhenReached(const CallContext& call, const std::string& token,
                   std::function<void(absl::Status)> done);
  // Token of what the last flush holds. Any thread.
  std::string FlushedToken() const;

 private:
  absl::Status OpenStore();
  void Tick();
  // OK: caught up and with a clock to go by; else why not. On the executor.
  absl::Status Fitness();

  // `log` is the measured one.
  HostContext host_;
  const std::string name_;
  const int layout_;
  // Guards the directory once the module has started.
  Mutex directory_mutex_;
  std::optional<ProjectionDirectory> directory_;
  std::unique_ptr<RocksDbStore> store_;
  std::string fingerprint_;
  std::unique_ptr<ThreadExecutor> executor_;
  std::unique_ptr<Service> service_;
  ServiceMetrics metrics_;
  std::unique_ptr<MeasuredLog> log_;
  std::unique_ptr<DirectoryFirstLog> directory_first_;
  // The projection began anew at the start of the log and has not caught up yet.
  bool rebuilding_ = false;
  // The machines run: they are to be stopped.
  bool started_ = false;
  bool clock_far_off_ = false;
  class MetricsExport;
  std::unique_ptr<MetricsExport> export_;

  mutable Mutex mutex_;  // guards what follows: written by ticks on the executor, read by anyone
  absl::Status health_ = absl::UnavailableError("starting");
  ModuleStatus status_;
  bool stopped_ = false;
};

}  // namespace redress
