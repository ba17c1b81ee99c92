// Many calls of one method at once, with a bound on how many are under way.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/rpc/channel.h"

namespace redress::feed {

// Blocks until every call is answered; answers are in the order of the requests. Not from a gRPC
// thread.
template <typename Response, typename Request>
std::vector<absl::StatusOr<Response>> CallAll(RpcChannel& channel, std::string_view method,
                                              const std::vector<Request>& requests,
                                              size_t in_flight = 32) {
  struct Shared {
    Mutex mutex;
    Condition changed;
    size_t open = 0;
    std::vector<absl::StatusOr<Response>> answers;
  };
  Shared shared;
  shared.answers.resize(requests.size(), absl::UnknownError("not answered"));
  for (size_t i = 0; i < requests.size(); ++i) {
    {
      MutexLock lock(shared.mutex);
      while (shared.open >= in_flight) shared.changed.Wait(lock);
      ++shared.open;
    }
    channel.CallAsync<Response>(method, requests[i], [&shared, i](absl::StatusOr<Response> answer) {
      // Notified under the lock: the waiter may leave as soon as it can take it.
      MutexLock lock(shared.mutex);
      shared.answers[i] = std::move(answer);
      --shared.open;
      shared.changed.NotifyAll();
    });
  }
  MutexLock lock(shared.mutex);
  while (shared.open > 0) shared.changed.Wait(lock);
  return std::move(shared.answers);
}

}  // namespace redress::feed
