#include "tools/feed/submit_loop.h"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "libs/base/mutex.h"
#include "libs/errors/errors.h"

namespace redress::feed {
namespace {

using intake::v1::SubmitComplaintResponse;

constexpr std::string_view kSubmit = "redress.intake.v1.ComplaintService/SubmitComplaint";
constexpr absl::Duration kFirstDelay = absl::Milliseconds(100);
constexpr absl::Duration kLongestDelay = absl::Seconds(5);

struct Attempt {
  Submission submission;
  absl::Duration delay = kFirstDelay;
};

struct Answered {
  std::shared_ptr<Attempt> attempt;
  absl::StatusOr<SubmitComplaintResponse> answer;
};

// Where gRPC threads lay down answers. Outlives the loop when answers come late.
struct Inbox {
  Mutex mutex;
  Condition arrived;
  std::vector<Answered> answers;
};

bool MayRepeat(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kDeadlineExceeded:
      return true;
    case absl::StatusCode::kResourceExhausted:
      return ReasonOf(status) != reason::kTooLarge;
    default:
      return false;
  }
}

bool EndsAll(const absl::Status& status) {
  return status.code() == absl::StatusCode::kPermissionDenied ||
         status.code() == absl::StatusCode::kUnauthenticated ||
         status.code() == absl::StatusCode::kUnimplemented;
}

}  // namespace

SubmitLoop::SubmitLoop(RpcChannel& channel, SubmitLimits limits, const std::atomic<bool>& stop)
    : channel_(channel), limits_(limits), stop_(stop) {}

absl::Status SubmitLoop::Run(const Next& next, const Settled& settled,
                             const std::function<void()>& tick) {
  auto inbox = std::make_shared<Inbox>();
  std::multimap<absl::Time, std::shared_ptr<Attempt>> waiting;
  size_t in_flight = 0;
  bool exhausted = false;
  absl::Time last_settled = absl::Now();
  const auto send = [&](std::shared_ptr<Attempt> attempt) {
    ++in_flight;
    const auto& request = attempt->submission.request;
    channel_.CallAsync<SubmitComplaintResponse>(
        kSubmit, request, [inbox, attempt](absl::StatusOr<SubmitComplaintResponse> answer) {
          MutexLock lock(inbox->mutex);
          inbox->answers.push_back({attempt, std::move(answer)});
          inbox->arrived.NotifyOne();
        });
  };
  while (true) {
    while (in_flight < limits_.in_flight && !waiting.empty() &&
           waiting.begin()->first <= absl::Now()) {
      auto attempt = waiting.begin()->second;
      waiting.erase(waiting.begin());
      send(std::move(attempt));
    }
    while (in_flight + waiting.size() < limits_.in_flight && !exhausted && !stop_) {
      auto submission = next();
      exhausted = !submission;
      if (submission) send(std::make_shared<Attempt>(Attempt{*std::move(submission)}));
    }
    if (in_flight == 0 && waiting.empty() && (exhausted || stop_)) return absl::OkStatus();
    std::vector<Answered> answers;
    {
      MutexLock lock(inbox->mutex);
      if (inbox->answers.empty()) inbox->arrived.WaitFor(lock, absl::Milliseconds(100));
      answers.swap(inbox->answers);
    }
    in_flight -= answers.size();
    for (Answered& one : answers) {
      const absl::Status& status = one.answer.status();
      if (EndsAll(status)) return status;
      if (MayRepeat(status)) {
        const absl::Duration delay =
            std::max(one.attempt->delay, RetryDelayOf(status).value_or(one.attempt->delay));
        one.attempt->delay = std::min(one.attempt->delay * 2, kLongestDelay);
        waiting.emplace(absl::Now() + delay, std::move(one.attempt));
        if (absl::Now() - last_settled > limits_.give_up) return status;
        continue;
      }
      last_settled = absl::Now();
      settled(one.attempt->submission, one.answer);
    }
    tick();
  }
}

void TallyAnswer(const Submission& submission,
                 const absl::StatusOr<SubmitComplaintResponse>& answer, Tally* tally) {
  if (answer.ok()) {
    if (answer->replayed()) {
      tally->Duplicate(submission.origin, answer->complaint_id());
    } else {
      tally->Take(submission.origin, answer->complaint_id());
    }
    return;
  }
  const absl::Status& status = answer.status();
  // The same source id with other words: the first one stands.
  if (ReasonOf(status) == reason::kRequestIdReused) return tally->Duplicate(submission.origin, "");
  const auto violations = FieldViolationsOf(status);
  if (!violations.empty()) {
    return tally->Reject(submission.origin, violations.front().field,
                         violations.front().description);
  }
  const std::string reason = ReasonOf(status);
  tally->Reject(submission.origin, "row",
                (reason.empty() ? absl::StatusCodeToString(status.code()) : reason) + ": " +
                    std::string(status.message()));
}

}  // namespace redress::feed
