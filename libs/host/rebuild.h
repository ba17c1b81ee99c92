// Rebuilds: a second module of the same kind folds the log from its beginning into a folder of its
// own, acting on nothing, while the first one serves; when it has caught up its projection is put
// in force (`SwappableModule`).
//
// One at a time per process, on a thread of its own. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/event_log/read_only_log.h"
#include "libs/host/module.h"
#include "libs/host/process.h"
#include "libs/rpc/stream.h"
#include "redress/intake/v1/log_service.pb.h"

namespace redress {

class Rebuilds {
 public:
  using Writer = StreamWriter<intake::v1::RebuildResponse>;

  // `serving` are the modules of this process, which adopt what was folded; they and what `host`
  // names outlive this.
  Rebuilds(const HostContext& host, std::vector<ModuleFactory> factories,
           const std::vector<std::unique_ptr<Module>>* serving);
  ~Rebuilds() { Stop(); }

  // Pauses what runs; nothing begins afterwards.
  void Stop();

  // Answers through `writer`, which is finished in any case.
  void Start(const std::string& module, Writer writer);

 private:
  absl::Status Run(Module& serving, const ModuleFactory& factory, const Writer& writer);

  ReadOnlyLog log_;
  HostContext host_;
  const std::vector<ModuleFactory> factories_;
  const std::vector<std::unique_ptr<Module>>* const serving_;

  Mutex mutex_;
  std::thread thread_;
  std::atomic<bool> running_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace redress
