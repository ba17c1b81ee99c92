// Which calls a server lets in: named callers, bounded numbers, not while it drains. Shared by all
// calls of one server and outlives it while handlers are at work. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/mutex.h"
#include "libs/rpc/authenticator.h"
#include "libs/rpc/refusal_meter.h"
#include "libs/rpc/stream.h"

namespace redress {

struct RpcLimits {
  // Unary calls whose handler has not answered.
  int max_in_flight = 1024;
  int max_streams = 256;
  // Of these by one caller.
  int max_streams_per_caller = 64;
  // Longest time a unary call is waited for; callers without deadline get it.
  absl::Duration max_deadline = absl::Seconds(30);
  // What a call beyond the bound is told to wait.
  absl::Duration retry_delay = absl::Milliseconds(100);
  // Largest message either way.
  size_t max_message_bytes = 16 << 20;
  // Of a call's metadata, all names and values.
  size_t max_metadata_bytes = 16 << 10;
  // Bounds of one stream's queue, whichever is reached first.
  size_t stream_queue_messages = 64;
  size_t stream_queue_bytes = 1 << 20;
  // A reader that takes nothing of a full queue for so long is cut off (it sees CANCELLED).
  absl::Duration slow_reader_timeout = absl::Seconds(30);
  RefusalLimits refusals;
};

// One ended call, for metrics.
struct CallEnd {
  // "/package.Service/Method".
  std::string_view path;
  absl::StatusCode code = absl::StatusCode::kOk;
  absl::Duration took;
  // Of an error that names one (libs/errors), e.g. "STAGE_NOT_ALLOWED"; lives during the call-back.
  std::string_view reason;
};
// Called on gRPC threads; must be thread-safe and short.
using CallObserver = std::function<void(const CallEnd&)>;

class Admission {
 public:
  Admission(RpcLimits limits, Authenticator authenticator, CallObserver observer)
      : limits_(limits),
        authenticator_(std::move(authenticator)),
        observer_(std::move(observer)),
        refusals_(limits.refusals) {}

  const RpcLimits& limits() const { return limits_; }
  const Authenticator& authenticator() const { return authenticator_; }

  // Takes a place for a unary call. RESOURCE_EXHAUSTED with a retry delay, or UNAVAILABLE while
  // draining; every OK is followed by one `LeaveUnary`.
  absl::Status EnterUnary();
  void LeaveUnary() { in_flight_.fetch_sub(1, std::memory_order_release); }
  // The same for a stream (named by `key`), which is finished when the server drains. `bounded`:
  // counts against the limits, that of all and that of `caller`.
  absl::Status EnterStream(std::weak_ptr<StreamSink> stream, const void* key, const Caller& caller,
                           bool bounded);
  void LeaveStream(const void* key);

  RefusalMeter& refusals() { return refusals_; }

  // The instance is about to stop: finishes all streams and refuses new ones; unary calls are still
  // served. True when there was a stream: somebody has heard of it.
  bool Leave();
  bool leaving() const { return leaving_.load(std::memory_order_acquire); }
  // Refuses unary calls as well from now on. After `Leave`.
  void Drain() { draining_.store(true, std::memory_order_release); }
  bool draining() const { return draining_.load(std::memory_order_acquire); }
  int in_flight() const { return in_flight_.load(std::memory_order_acquire); }

  void Ended(const CallEnd& end) const {
    if (observer_) observer_(end);
  }

 private:
  const RpcLimits limits_;
  const Authenticator authenticator_;
  const CallObserver observer_;
  RefusalMeter refusals_;
  std::atomic<bool> leaving_{false};
  std::atomic<bool> draining_{false};
  std::atomic<int> in_flight_{0};
  mutable Mutex mutex_;
  struct OpenStream {
    std::weak_ptr<StreamSink> sink;
    std::string caller;
    bool bounded = true;
  };
  std::unordered_map<const void*, OpenStream> streams_;
  int bounded_streams_ = 0;
};

// UNAVAILABLE, reason DRAINING.
absl::Status DrainingError();

}  // namespace redress
