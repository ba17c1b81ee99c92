// A module that can be replaced while the process serves: what stands before the modules of a
// process. Calls are passed on to the module in force; while it is being replaced they are answered
// UNAVAILABLE, which callers retry by the service config, and streams end so, to be resumed by
// their tokens.
//
// Threads: as Module says; `AdoptProjection` and `BackUp` may be called at any time and wait for
// each other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/host/module.h"
#include "libs/rpc/service.h"

namespace redress {

class SwappableModule final : public Module {
 public:
  using Make = std::function<std::unique_ptr<Module>(HostContext host)>;

  // `make` is called at once, and again for every replacement. What `host` names outlives this.
  SwappableModule(HostContext host, Make make);
  ~SwappableModule() override;

  std::string_view name() const override { return name_; }
  absl::Status Start() override;
  std::vector<RpcService> RpcServices() override;
  absl::Status Ready() const override;
  ModuleStatus Status() const override;
  void Stop() override;
  // Puts the projection in force at once: the module that serves answers what it has begun, stops,
  // and one on the new projection takes its place; that takes about as long as opening it. When
  // that one cannot start, `host.fail` is told.
  absl::StatusOr<std::string> AdoptProjection(const std::string& data_dir) override;
  absl::Status BackUp(const std::string& data_dir) override;

 private:
  struct Instance;

  // Null while the module is being replaced.
  std::shared_ptr<Instance> Serving() const;
  // Lets nobody in, waits for the calls that are in, stops the module.
  std::shared_ptr<Instance> TakeOut();
  absl::Status PutIn();

  const HostContext host_;
  const Make make_;
  std::string name_;

  // Held while modules come and go, and while the one in force is copied.
  Mutex change_mutex_;
  // Late call-backs of the log may find them.
  std::vector<std::shared_ptr<Instance>> replaced_;
  bool stopped_ = false;

  mutable Mutex mutex_;  // guards what follows
  std::shared_ptr<Instance> serving_;
  ModuleStatus last_status_;
};

}  // namespace redress
