// What a handler of a unary call sees: the call and the way to answer it. No gRPC here, so that
// handlers are plain functions and tests call them directly.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/check.h"
#include "libs/errors/errors.h"
#include "libs/rpc/caller.h"

namespace redress {

// One call. Copies share the cancelled flag. Thread-safe.
class CallContext {
 public:
  CallContext(std::string_view method, absl::Time deadline, std::shared_ptr<const Caller> caller,
              std::string peer)
      : method_(method),
        deadline_(deadline),
        caller_(std::move(caller)),
        peer_(std::move(peer)),
        cancelled_(std::make_shared<std::atomic<bool>>(false)) {}

  // "/redress.intake.v1.ComplaintService/GetComplaint"; lives as long as the server.
  std::string_view method() const { return method_; }
  // A moment before the caller stops waiting, so that an answer given then still arrives; never
  // beyond the server's own bound for unary calls, infinite for streams without deadline. After it
  // only a late answer is possible, which nobody hears.
  absl::Time deadline() const { return deadline_; }
  const Caller& caller() const { return *caller_; }
  // Address of the caller, e.g. "ipv4:127.0.0.1:40212".
  const std::string& peer() const { return peer_; }
  // The caller has gone (or its deadline has passed). The handler must still answer; what is
  // already on its way to the log stays there.
  bool cancelled() const { return cancelled_->load(std::memory_order_relaxed); }
  // For the transport and for tests.
  void Cancel() const { cancelled_->store(true, std::memory_order_relaxed); }

 private:
  std::string_view method_;
  absl::Time deadline_;
  std::shared_ptr<const Caller> caller_;
  std::string peer_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
};

// The answer to one call: called exactly once, from any thread, not holding a lock that the
// caller's next call needs. Move-only. Dropped without an answer (the service stopped), it answers
// UNAVAILABLE, OUTCOME_UNKNOWN.
template <typename Response>
class Done {
 public:
  using Answer = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

  explicit Done(Answer answer) : answer_(std::move(answer)) {}
  Done(Done&& other) noexcept : answer_(std::exchange(other.answer_, nullptr)) {}
  Done& operator=(Done&&) = delete;
  ~Done() {
    if (answer_) {
      answer_(MakeError(
          absl::StatusCode::kUnavailable, reason::kOutcomeUnknown,
          "the service stopped before it answered; repeating the same request id is safe"));
    }
  }

  void operator()(absl::StatusOr<Response> response) {
    REDRESS_CHECK(answer_ != nullptr);
    std::exchange(answer_, nullptr)(std::move(response));
  }

 private:
  Answer answer_;
};

}  // namespace redress
