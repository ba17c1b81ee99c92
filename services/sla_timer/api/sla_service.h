// `SlaService` as a table of calls: waits until the caller's token is folded, then answers from the
// last flush.
#pragma once

#include <functional>
#include <string>

#include "libs/rpc/service.h"
#include "services/sla_timer/api/sla_queries.h"

namespace redress::sla_timer {

// The doors of the module that the API needs; thread-safe.
struct SlaApi {
  const SlaQueries* queries = nullptr;
  // Calls `done` once what the token names is folded and flushed, or with the error. An empty
  // token: at once.
  std::function<void(const CallContext&, const std::string& token,
                     std::function<void(absl::Status)> done)>
      when_reached;
  // Token of the last flush.
  std::function<std::string()> flushed_token;
};

RpcService MakeSlaService(SlaApi api);

}  // namespace redress::sla_timer
