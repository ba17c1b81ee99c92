// `AnalyticsService`: metrics by any dimension, and the one-page picture. Reads the facts of the
// last flush on the calling thread.
#pragma once

#include <functional>
#include <string>

#include "libs/base/clock.h"
#include "libs/directory/directory.h"
#include "libs/projection/projection_store.h"
#include "libs/rpc/service.h"

namespace redress::analytics {

struct AnalyticsApi {
  const ProjectionStore* store = nullptr;
  const Directory* directory = nullptr;
  const Clock* clock = nullptr;
  // Calls back once the call's token is folded and flushed, or with the error.
  std::function<void(const CallContext&, const std::string& token,
                     std::function<void(absl::Status)>)>
      when_reached;
  std::function<std::string()> flushed_token;
};

RpcService MakeAnalyticsService(AnalyticsApi api);

}  // namespace redress::analytics
