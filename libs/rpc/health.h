// grpc.health.v1.Health over a readiness function. Answered to everybody, also under load and while
// draining.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/rpc/server.h"
#include "libs/rpc/service.h"

namespace redress {

// `readiness` is asked for "" and the names of `services`; other names are NOT_FOUND.
RpcService MakeHealthService(Readiness readiness, std::vector<std::string> services,
                             absl::Duration watch_interval);

}  // namespace redress
