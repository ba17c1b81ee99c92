// For the tests of this room: an EchoService whose behaviour each test sets, a server for it, and a
// channel.
#pragma once

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "redress/testing/v1/echo_service.pb.h"

namespace redress {

using testing::v1::CountRequest;
using testing::v1::CountResponse;
using testing::v1::EchoRequest;
using testing::v1::EchoResponse;

inline constexpr std::string_view kEcho = "redress.testing.v1.EchoService/Echo";
inline constexpr std::string_view kPut = "redress.testing.v1.EchoService/Put";
inline constexpr std::string_view kCount = "redress.testing.v1.EchoService/Count";

// A value that one thread sets and another waits for.
template <typename T>
class Awaited {
 public:
  void Set(T value) {
    std::lock_guard lock(mutex_);
    value_.emplace(std::move(value));
    condition_.notify_all();
  }
  // Fails the test and ends it when nothing comes.
  T Take() {
    std::unique_lock lock(mutex_);
    if (!condition_.wait_for(lock, std::chrono::seconds(60),
                             [this] { return value_.has_value(); })) {
      ADD_FAILURE() << "nothing came";
      std::abort();
    }
    T value = std::move(*value_);
    value_.reset();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  std::optional<T> value_;
};

using EchoHandler = std::function<void(const CallContext&, const EchoRequest&, Done<EchoResponse>)>;
using CountHandler =
    std::function<void(const CallContext&, const CountRequest&, StreamWriter<CountResponse>)>;

inline void EchoBack(const CallContext&, const EchoRequest& request, Done<EchoResponse> done) {
  EchoResponse response;
  response.set_text(request.text());
  done(std::move(response));
}

// Writes 1..count, waiting for room when the reader is slow.
class Counter : public std::enable_shared_from_this<Counter> {
 public:
  Counter(CountRequest request, StreamWriter<CountResponse> writer)
      : request_(std::move(request)), writer_(std::move(writer)) {}
  void Begin() {
    writer_.SetWake([self = shared_from_this()] { self->Go(); });
    Go();
  }
  void Go() {
    std::lock_guard lock(mutex_);
    while (next_ <= request_.count()) {
      CountResponse response;
      response.set_number(next_);
      response.set_padding(std::string(request_.size(), 'x'));
      if (writer_.Write(response) != WriteResult::kQueued) return;
      ++next_;
    }
    writer_.Finish(absl::OkStatus());
  }

 private:
  const CountRequest request_;
  const StreamWriter<CountResponse> writer_;
  std::mutex mutex_;
  uint32_t next_ = 1;
};

inline void CountUp(const CallContext&, const CountRequest& request,
                    StreamWriter<CountResponse> writer) {
  std::make_shared<Counter>(request, std::move(writer))->Begin();
}

class RpcTest : public ::testing::Test {
 protected:
  ~RpcTest() override {
    channel_.reset();
    server_.reset();
  }

  // Starts the server and connects to it.
  void Start(RpcServerOptions options = {}, MethodOptions echo_options = {}) {
    server_ = std::make_unique<RpcServer>(std::move(options));
    RpcService service("redress.testing.v1.EchoService");
    service.Unary<EchoRequest, EchoResponse>(
        "Echo", std::move(echo_options),
        [this](const CallContext& call, const EchoRequest& request, Done<EchoResponse> done) {
          echo_(call, request, std::move(done));
        });
    service.Stream<CountRequest, CountResponse>(
        "Count", {},
        [this](const CallContext& call, const CountRequest& request,
               StreamWriter<CountResponse> out) { count_(call, request, std::move(out)); });
    ASSERT_EQ(service.missing(), std::vector<std::string>{"Put"});
    server_->Register(std::move(service));
    const auto port = server_->Start();
    ASSERT_TRUE(port.ok()) << port.status();
    ASSERT_GT(*port, 0);
    target_ = "127.0.0.1:" + std::to_string(*port);
    Connect("");
  }
  void Connect(std::string token) {
    channel_ = std::make_unique<RpcChannel>(
        RpcChannelOptions{.target = target_, .token = std::move(token)});
  }
  absl::StatusOr<EchoResponse> Echo(std::string text,
                                    absl::Duration deadline = absl::ZeroDuration()) {
    EchoRequest request;
    request.set_text(std::move(text));
    return channel_->Call<EchoResponse>(kEcho, request, deadline);
  }
  static std::string TempFile(std::string_view content) {
    static int number = 0;
    const std::string path =
        ::testing::TempDir() + "/rpc_" + std::to_string(getpid()) + "_" + std::to_string(number++);
    std::ofstream(path) << content;
    return path;
  }

  EchoHandler echo_ = EchoBack;
  CountHandler count_ = CountUp;
  std::string target_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<RpcChannel> channel_;
};

}  // namespace redress
