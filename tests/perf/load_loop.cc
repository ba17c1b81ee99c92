#include "tests/perf/load_loop.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/mutex.h"
#include "libs/rpc/channel.h"
#include "redress/intake/v1/inbound_service.pb.h"
#include "redress/testing/v1/echo_service.pb.h"

namespace redress::perf {
namespace {

using intake::v1::PublishRequest;
using intake::v1::PublishResponse;
using intake::v1::SubmitComplaintResponse;
using testing::v1::EchoRequest;
using testing::v1::EchoResponse;

// How often it looks whether something is to be sent.
constexpr absl::Duration kTick = absl::Milliseconds(1);
// Channel messages at a rate are published together, as an adapter does that polls its channel.
constexpr int64_t kPublishEveryUs = 5'000;
// Before anything was routed.
constexpr uint64_t kFirstWindow = 1'000;

int64_t NowUs() { return absl::ToUnixMicros(absl::Now()); }

class LoadLoop {
 public:
  LoadLoop(const Load& load, const DemoTexts& texts, const std::atomic<uint64_t>& routed)
      : load_(load), texts_(texts), routed_(routed), channel_({.target = load.target}) {}

  Sent Run() {
    began_us_ = NowUs();
    routed_at_start_ = routed_;
    sent_.began_us = began_us_;
    rated_us_ = began_us_;
    rated_routed_ = routed_at_start_;
    if (load_.rate > 0) {
      RunAtRate();
    } else {
      RunFlatOut();
    }
    MutexLock lock(mutex_);
    while (calls_open_ > 0) answered_.Wait(lock);
    sent_.ended_us = NowUs();
    sent_.calls = calls_;
    sent_.request_bytes = request_bytes_;
    sent_.complaints = complaints_;
    sent_.most_outstanding = most_outstanding_;
    return sent_;
  }

 private:
  bool Over() const { return NowUs() - began_us_ >= load_.duration_us; }
  uint64_t Outstanding() {
    const uint64_t done = routed_ - routed_at_start_;
    const uint64_t outstanding = complaints_ > done ? complaints_ - done : 0;
    most_outstanding_ = std::max(most_outstanding_, outstanding);
    return outstanding;
  }

  // A complaint every 1/rate seconds, whether or not those before are through.
  void RunAtRate() {
    const uint64_t total =
        static_cast<uint64_t>(load_.rate * static_cast<double>(load_.duration_us) / 1e6);
    const int64_t gap = load_.kind == Load::Kind::kPublish ? kPublishEveryUs : 0;
    int64_t next_us = began_us_;
    while (complaints_ < total) {
      const int64_t now = NowUs();
      const auto due = std::min(
          total,
          1 + static_cast<uint64_t>(load_.rate * static_cast<double>(now - began_us_) / 1e6));
      if (now >= next_us && complaints_ < due) {
        while (complaints_ < due) SendSome(due - complaints_);
        next_us = now + gap;
      }
      Outstanding();
      absl::SleepFor(kTick);
    }
  }

  void RunFlatOut() {
    while (!Over()) {
      if (load_.kind != Load::Kind::kEcho && Outstanding() >= Window()) {
        absl::SleepFor(kTick);
        continue;
      }
      {
        MutexLock lock(mutex_);
        while (calls_open_ >= load_.calls_in_flight) answered_.Wait(lock);
      }
      SendSome(load_.items_per_call);
    }
  }

  // As many as were routed in the last `window_us`, so that the work in flight is never older than
  // that for long.
  uint64_t Window() {
    const int64_t now = NowUs();
    if (now - rated_us_ >= 500'000) {
      const uint64_t done = routed_;
      const double per_us =
          static_cast<double>(done - rated_routed_) / static_cast<double>(now - rated_us_);
      window_ = std::max(kFirstWindow,
                         static_cast<uint64_t>(per_us * static_cast<double>(load_.window_us)));
      rated_us_ = now;
      rated_routed_ = done;
    }
    return window_;
  }

  // When complaint `n` of this load was to be sent.
  int64_t ScheduledUs(uint64_t n) const {
    return load_.rate > 0
               ? began_us_ + static_cast<int64_t>(static_cast<double>(n) * 1e6 / load_.rate)
               : NowUs();
  }

  // One call with at most `most` complaints.
  void SendSome(uint64_t most) {
    const int64_t scheduled = ScheduledUs(complaints_);
    ++calls_;
    {
      MutexLock lock(mutex_);
      ++calls_open_;
    }
    if (load_.kind == Load::Kind::kSubmit) {
      const auto request = texts_.Submission(load_.first + complaints_++, scheduled);
      Call<SubmitComplaintResponse>("redress.intake.v1.ComplaintService/SubmitComplaint", request,
                                    scheduled, [](const auto&) { return std::string(); });
    } else if (load_.kind == Load::Kind::kPublish) {
      PublishRequest request;
      const uint64_t items = std::min<uint64_t>(most, load_.items_per_call);
      for (uint64_t i = 0; i < items; ++i, ++complaints_) {
        texts_.FillItem(load_.first + complaints_, ScheduledUs(complaints_),
                        request.add_items()->mutable_item());
      }
      Call<PublishResponse>("redress.intake.v1.InboundService/Publish", request, NowUs(),
                            [](const auto& answer) {
                              for (const auto& outcome : answer.outcomes()) {
                                if (outcome.has_failure()) return outcome.failure().message();
                              }
                              return std::string();
                            });
    } else {
      EchoRequest request;
      request.set_text(std::string(load_.response_bytes, 'x'));
      const uint32_t rest =
          load_.request_bytes - std::min(load_.request_bytes, load_.response_bytes);
      request.set_blob(std::string(rest, 'x'));
      ++complaints_;
      Call<EchoResponse>("redress.testing.v1.EchoService/Echo", request, NowUs(),
                         [](const auto&) { return std::string(); });
    }
  }

  // `problem`: what is wrong with an answer; empty: nothing.
  template <typename Response, typename Problem>
  void Call(std::string_view method, const google::protobuf::Message& request, int64_t scheduled,
            Problem problem) {
    request_bytes_ += request.ByteSizeLong();
    channel_.CallAsync<Response>(
        method, request, [this, scheduled, problem](absl::StatusOr<Response> answer) {
          const std::string failure = answer.ok() ? problem(*answer) : answer.status().ToString();
          const size_t bytes = answer.ok() ? answer->ByteSizeLong() : 0;
          MutexLock lock(mutex_);
          sent_.response_bytes += bytes;
          sent_.call.Add(NowUs() - scheduled);
          if (!failure.empty() && ++sent_.failed == 1) {
            std::snprintf(sent_.first_failure, sizeof(sent_.first_failure), "%s", failure.c_str());
          }
          --calls_open_;
          answered_.NotifyOne();
        });
  }

  const Load load_;
  const DemoTexts& texts_;
  const std::atomic<uint64_t>& routed_;
  RpcChannel channel_;
  int64_t began_us_ = 0;
  uint64_t routed_at_start_ = 0;
  uint64_t complaints_ = 0;
  uint64_t calls_ = 0;
  uint64_t request_bytes_ = 0;
  uint64_t most_outstanding_ = 0;
  uint64_t window_ = kFirstWindow;
  int64_t rated_us_ = 0;
  uint64_t rated_routed_ = 0;

  Mutex mutex_;  // guards what follows
  Condition answered_;
  uint32_t calls_open_ = 0;
  Sent sent_;
};

}  // namespace

Sent RunLoad(const Load& load, const DemoTexts& texts, const std::atomic<uint64_t>& routed) {
  return LoadLoop(load, texts, routed).Run();
}

}  // namespace redress::perf
