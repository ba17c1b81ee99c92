// `RoutingService`: queues, load, and why a complaint went where it is. Answers run on the
// service's executor, where loads and decided rows live; they read at most what one page shows.
#pragma once

#include <functional>

#include "libs/rpc/service.h"
#include "libs/runtime/service.h"
#include "services/router/work/router_decider.h"

namespace redress::router {

// The doors of the module that the API needs.
struct RoutingApi {
  RouterProjection* projection = nullptr;
  RouterDecider* decider = nullptr;
  const Clock* clock = nullptr;
  // Runs `answer` on the executor once the call's token is reached, or with the error.
  std::function<void(const CallContext&, const std::string& token,
                     std::function<void(absl::Status, Service*)>)>
      when_reached;
};

RpcService MakeRoutingService(RoutingApi api);

}  // namespace redress::router
