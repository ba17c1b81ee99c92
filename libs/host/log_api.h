// `LogService`: a look at the log and at the modules of this process, for people who run the suite.
// Role operator.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/host/module.h"
#include "libs/rpc/stream.h"
#include "redress/intake/v1/log_service.pb.h"

namespace redress {

// What of the process the service shows and starts. Any thread.
struct ProcessOperations {
  std::function<std::vector<ModuleStatus>()> statuses;
  // Ends the stream in any case.
  std::function<void(const std::string& module, StreamWriter<intake::v1::RebuildResponse>)> rebuild;
  // Blocks.
  std::function<absl::StatusOr<intake::v1::BackupResponse>(const std::string& name)> back_up;
};

// What the returned service uses (log, clock, `operations`) must outlive the server it is
// registered with. It owns one thread on which all tails are read, and one that makes backups.
RpcService MakeLogService(const HostContext& host, ProcessOperations operations);

}  // namespace redress
