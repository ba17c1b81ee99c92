// `LogService`: a look at the log and at the modules of this process, for people who run the suite. Role operator.
#pragma once

#include <functional>
#include <vector>

#include "libs/host/module.h"

namespace redress {

using ModuleStatuses = std::function<std::vector<ModuleStatus>()>;

// What the returned service uses (log, clock, `statuses`) must outlive the server it is registered with. It owns one
// thread on which all tails are read.
RpcService MakeLogService(const HostContext& host, ModuleStatuses statuses);

}  // namespace redress
