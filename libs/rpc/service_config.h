// How every client of the suite calls: the gRPC service config, also at
// deploy/grpc/service_config.json for clients in other languages (a test holds the two equal).
#pragma once

#include <string_view>

namespace redress {

// UNAVAILABLE is repeated with backoff: safe, because every call that changes something carries a
// request id. Refusals, stale etags and overload are for the caller to decide. With `round_robin`
// the health of each instance is watched: one that is starting or about to stop is not chosen.
inline constexpr std::string_view kServiceConfig = R"json({
  "healthCheckConfig": {"serviceName": ""},
  "methodConfig": [
    {
      "name": [{}],
      "waitForReady": true,
      "retryPolicy": {
        "maxAttempts": 5,
        "initialBackoff": "0.1s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]
      }
    }
  ],
  "retryThrottling": {
    "maxTokens": 100,
    "tokenRatio": 0.1
  }
}
)json";

}  // namespace redress
