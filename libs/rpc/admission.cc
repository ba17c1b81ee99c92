#include "libs/rpc/admission.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/errors/errors.h"

namespace redress {

absl::Status DrainingError() {
  return MakeError(absl::StatusCode::kUnavailable, reason::kDraining,
                   "this instance is stopping; call again");
}

absl::Status Admission::EnterUnary() {
  if (draining()) return DrainingError();
  if (in_flight_.fetch_add(1, std::memory_order_acquire) < limits_.max_in_flight)
    return absl::OkStatus();
  LeaveUnary();
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, reason::kOverloaded,
                absl::StrCat(limits_.max_in_flight, " calls are in flight already")),
      limits_.retry_delay);
}

absl::Status Admission::EnterStream(std::weak_ptr<StreamSink> stream, const void* key,
                                    const Caller& caller, bool bounded) {
  const auto too_many = [this](int limit, std::string_view whose) {
    return WithRetryDelay(
        MakeError(absl::StatusCode::kResourceExhausted, reason::kTooManyStreams,
                  absl::StrCat(limit, " streams", std::string(whose), " are open already")),
        limits_.retry_delay);
  };
  MutexLock lock(mutex_);
  // Under the lock, so that no stream slips in behind `Leave`.
  if (leaving()) return DrainingError();
  if (bounded && bounded_streams_ >= limits_.max_streams) return too_many(limits_.max_streams, "");
  if (bounded) {
    const auto own = std::count_if(streams_.begin(), streams_.end(), [&caller](const auto& entry) {
      return entry.second.bounded && entry.second.caller == caller.id;
    });
    if (own >= limits_.max_streams_per_caller)
      return too_many(limits_.max_streams_per_caller, " of this caller");
    ++bounded_streams_;
  }
  streams_.emplace(key, OpenStream{std::move(stream), caller.id, bounded});
  return absl::OkStatus();
}

void Admission::LeaveStream(const void* key) {
  MutexLock lock(mutex_);
  const auto found = streams_.find(key);
  if (found->second.bounded) --bounded_streams_;
  streams_.erase(found);
}

bool Admission::Leave() {
  std::vector<std::shared_ptr<StreamSink>> open;
  {
    MutexLock lock(mutex_);
    leaving_.store(true, std::memory_order_release);
    for (const auto& [key, stream] : streams_) {
      if (auto sink = stream.sink.lock()) open.push_back(std::move(sink));
    }
  }
  for (const auto& sink : open) sink->Finish(DrainingError());
  return !open.empty();
}

}  // namespace redress
