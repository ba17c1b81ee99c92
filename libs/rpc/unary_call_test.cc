// Unary calls end to end over a real connection.
#include "libs/rpc/unary_call.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/impl/rpc_method.h"
#include "libs/rpc/echo_test_server.h"
#include "libs/rpc/wire.h"
#include "redress/testing/v1/echo_service.grpc.pb.h"

namespace redress {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

grpc::ByteBuffer Bytes(std::string_view text) {
  grpc::Slice slice(text.data(), text.size());
  return grpc::ByteBuffer(&slice, 1);
}

// Sends these bytes as the request message.
absl::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, std::string_view bytes) {
  const grpc::internal::RpcMethod method("/redress.testing.v1.EchoService/Echo",
                                         grpc::internal::RpcMethod::NORMAL_RPC, channel);
  grpc::ClientContext context;
  grpc::ByteBuffer response;
  return FromGrpcStatus(grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      channel.get(), method, &context, Bytes(bytes), &response));
}

TEST_F(RpcTest, AnswersACall) {
  Start();
  const auto response = Echo("käse 奶酪");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "käse 奶酪");
}

TEST_F(RpcTest, AnswersAGeneratedStub) {
  Start();
  const auto stub = testing::v1::EchoService::NewStub(channel_->channel());
  grpc::ClientContext context;
  EchoRequest request;
  request.set_text("stub");
  EchoResponse response;
  ASSERT_TRUE(stub->Echo(&context, request, &response).ok());
  EXPECT_EQ(response.text(), "stub");
}

TEST_F(RpcTest, AnswersAnAsynchronousCallFromAnyThread) {
  std::vector<std::thread> threads;
  echo_ = [&threads](const CallContext& call, const EchoRequest& request, Done<EchoResponse> done) {
    // Request and context live as long as the answer is outstanding.
    threads.emplace_back([&call, &request, done = std::move(done)]() mutable {
      EchoResponse response;
      response.set_text(request.text() + (call.cancelled() ? "cancelled" : "!"));
      done(std::move(response));
    });
  };
  Start();
  Awaited<absl::StatusOr<EchoResponse>> answer;
  EchoRequest request;
  request.set_text("later");
  channel_->CallAsync<EchoResponse>(
      kEcho, request, [&answer](absl::StatusOr<EchoResponse> r) { answer.Set(std::move(r)); });
  const auto response = answer.Take();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "later!");
  for (std::thread& thread : threads) thread.join();
}

TEST_F(RpcTest, ErrorsArriveWithReasonMetadataAndDelay) {
  echo_ = [](const CallContext&, const EchoRequest&, Done<EchoResponse> done) {
    done(WithRetryDelay(MakeError(absl::StatusCode::kAborted, reason::kChanged, "changed meanwhile",
                                  {{"aspects", "stage"}}),
                        absl::Milliseconds(1500)));
  };
  Start();
  const absl::Status status = Echo("x").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "changed meanwhile");
  EXPECT_EQ(ReasonOf(status), "CHANGED");
  EXPECT_EQ(ErrorMetadataOf(status, "aspects"), "stage");
  EXPECT_EQ(RetryDelayOf(status), absl::Milliseconds(1500));
}

TEST_F(RpcTest, FieldViolationsArrive) {
  echo_ = [](const CallContext&, const EchoRequest&, Done<EchoResponse> done) {
    done(InvalidField("text", "is too short"));
  };
  Start();
  EXPECT_THAT(FieldViolationsOf(Echo("x").status()),
              ElementsAre(FieldViolation{"text", "is too short"}));
}

TEST_F(RpcTest, MoreViolationsThanATrailerHoldsAreCutNotLost) {
  echo_ = [](const CallContext&, const EchoRequest&, Done<EchoResponse> done) {
    FieldViolations violations;
    for (int i = 0; i < 1000; ++i)
      violations.Add("fields[" + std::to_string(i) + "]", "is not a number");
    done(violations.ToStatus());
  };
  Start();
  const absl::Status status = Echo("x").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  const auto violations = FieldViolationsOf(status);
  ASSERT_GT(violations.size(), 20u);
  EXPECT_EQ(violations[0].field, "fields[0]");
  EXPECT_EQ(violations.back().description,
            "and " + std::to_string(1001 - violations.size()) + " more");
}

TEST_F(RpcTest, CallsBeyondTheBoundAreRefusedAtOnceWithADelay) {
  Awaited<Done<EchoResponse>> held;
  echo_ = [&held](const CallContext&, const EchoRequest& request, Done<EchoResponse> done) {
    if (request.text() == "hold") {
      held.Set(std::move(done));
    } else {
      done(EchoResponse());
    }
  };
  Start({.limits = {.max_in_flight = 1, .retry_delay = absl::Milliseconds(250)}});
  Awaited<absl::StatusOr<EchoResponse>> answer;
  EchoRequest request;
  request.set_text("hold");
  channel_->CallAsync<EchoResponse>(
      kEcho, request, [&answer](absl::StatusOr<EchoResponse> r) { answer.Set(std::move(r)); });
  auto done = std::make_optional(held.Take());
  const absl::Status refused = Echo("second").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_EQ(RetryDelayOf(refused), absl::Milliseconds(250));
  EXPECT_EQ(server_->in_flight(), 1);
  (*done)(EchoResponse());
  done.reset();
  EXPECT_TRUE(answer.Take().ok());
}

TEST_F(RpcTest, TheCallersDeadlineReachesTheHandlerAndEndsTheCall) {
  Awaited<std::pair<CallContext, Done<EchoResponse>>> held;
  echo_ = [&held](const CallContext& call, const EchoRequest&, Done<EchoResponse> done) {
    held.Set({call, std::move(done)});
  };
  Start();
  const absl::Time before = absl::Now();
  EXPECT_EQ(Echo("x", absl::Milliseconds(100)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  auto [call, done] = held.Take();
  EXPECT_LT(call.deadline(), before + absl::Seconds(5));
  done(EchoResponse());  // Late: nobody hears it, nothing breaks.
}

TEST_F(RpcTest, TheServerBoundsCallersWithoutDeadline) {
  Awaited<std::pair<CallContext, Done<EchoResponse>>> held;
  echo_ = [&held](const CallContext& call, const EchoRequest&, Done<EchoResponse> done) {
    held.Set({call, std::move(done)});
  };
  Start({.limits = {.max_deadline = absl::Milliseconds(50)}});
  const absl::Status status = CallRaw(channel_->channel(), "");
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(status), "DEADLINE");
  auto [call, done] = held.Take();
  EXPECT_TRUE(call.cancelled());
  // The handler has not let go: its place is still taken.
  EXPECT_EQ(server_->in_flight(), 1);
  done(EchoResponse());
}

TEST_F(RpcTest, AHandlerIsToldThatItsCallerHasGone) {
  Awaited<std::pair<CallContext, Done<EchoResponse>>> held;
  echo_ = [&held](const CallContext& call, const EchoRequest&, Done<EchoResponse> done) {
    held.Set({call, std::move(done)});
  };
  Start();
  const auto stub = testing::v1::EchoService::NewStub(channel_->channel());
  grpc::ClientContext context;
  std::thread caller([&] {
    EchoResponse response;
    EXPECT_EQ(stub->Echo(&context, EchoRequest(), &response).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  auto [call, done] = held.Take();
  context.TryCancel();
  caller.join();
  while (!call.cancelled()) std::this_thread::yield();
  done(EchoResponse());
}

TEST_F(RpcTest, ADroppedAnswerIsOutcomeUnknown) {
  echo_ = [](const CallContext&, const EchoRequest&, Done<EchoResponse>) {};
  Start();
  const absl::Status status = CallRaw(channel_->channel(), "");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "OUTCOME_UNKNOWN");
}

TEST_F(RpcTest, UnavailableIsRepeatedByTheClient) {
  std::atomic<int> calls{0};
  echo_ = [&calls](const CallContext& call, const EchoRequest& request, Done<EchoResponse> done) {
    if (calls.fetch_add(1) == 0) {
      done(MakeError(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown, "again, please"));
    } else {
      EchoBack(call, request, std::move(done));
    }
  };
  Start();
  EXPECT_TRUE(Echo("x").ok());
  EXPECT_EQ(calls.load(), 2);
}

TEST_F(RpcTest, UnavailableIsNotRepeatedWhenNoTimeIsLeftSoThatTheCallerLearnsTheReason) {
  std::atomic<int> calls{0};
  echo_ = EchoBack;
  Start();
  ASSERT_TRUE(Echo("connects").ok());
  echo_ = [&calls](const CallContext&, const EchoRequest&, Done<EchoResponse> done) {
    ++calls;
    done(MakeError(absl::StatusCode::kUnavailable, reason::kOutcomeUnknown,
                   "appended, but not read back"));
  };
  const absl::Status status = Echo("x", absl::Milliseconds(190)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "OUTCOME_UNKNOWN");
  EXPECT_EQ(calls.load(), 1);
}

TEST_F(RpcTest, TextThatIsNotUtf8IsAnInvalidField) {
  Start();
  const absl::Status status = CallRaw(channel_->channel(), "\x0a\x02\xc3\x28");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(FieldViolationsOf(status), ElementsAre(FieldViolation{"text", "is not valid UTF-8"}));
}

TEST_F(RpcTest, GarbageIsMalformed) {
  Start();
  const absl::Status status = CallRaw(channel_->channel(), "\xff\xff\xff\xff");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "MALFORMED");
  EXPECT_THAT(std::string(status.message()), HasSubstr("redress.testing.v1.EchoRequest"));
}

TEST_F(RpcTest, TooLargeMessagesNameTheLimit) {
  Start();
  // Just too large for us, and far too large for gRPC.
  for (const size_t size : {(16u << 20) + 1, 20u << 20}) {
    EchoRequest request;
    request.set_blob(std::string(size, 'x'));
    const absl::Status status = channel_->Call<EchoResponse>(kEcho, request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(std::string(status.message()),
                ::testing::AnyOf(HasSubstr("16777216"), HasSubstr("17825792")));
  }
  EchoRequest request;
  request.set_blob(std::string((16u << 20) - 100, 'x'));
  EXPECT_TRUE(channel_->Call<EchoResponse>(kEcho, request).ok());
}

TEST_F(RpcTest, ATooLargeAnswerIsAnErrorNotABrokenConnection) {
  echo_ = [](const CallContext&, const EchoRequest&, Done<EchoResponse> done) {
    EchoResponse response;
    response.set_text(std::string(2000, 'x'));
    done(std::move(response));
  };
  Start({.limits = {.max_message_bytes = 1000}});
  const absl::Status status = Echo("x").status();
  EXPECT_EQ(ReasonOf(status), "TOO_LARGE");
  EXPECT_EQ(ErrorMetadataOf(status, "limit_bytes"), "1000");
}

TEST_F(RpcTest, MethodsWithoutHandlerAreUnimplemented) {
  Start();
  EXPECT_EQ(
      channel_->Call<testing::v1::PutResponse>(kPut, testing::v1::PutRequest()).status().code(),
      absl::StatusCode::kUnimplemented);
}

TEST(CheckRequest, CallsThatChangeSomethingNeedARequestId) {
  RpcService service("redress.testing.v1.EchoService");
  service.Unary<testing::v1::PutRequest, testing::v1::PutResponse>(
      "Put", {},
      [](const CallContext&, const testing::v1::PutRequest&, Done<testing::v1::PutResponse>) {});
  EXPECT_THAT(service.missing(), ElementsAre("Echo", "Count"));
  const RpcService::Method& method = *service.methods()[0];
  testing::v1::PutRequest request;
  EXPECT_EQ(FieldViolationsOf(CheckRequest(method, request))[0].field, "request_id");
  request.set_request_id("a b");
  EXPECT_FALSE(CheckRequest(method, request).ok());
  request.set_request_id(std::string(129, 'a'));
  EXPECT_FALSE(CheckRequest(method, request).ok());
  request.set_request_id(std::string(128, 'a'));
  EXPECT_TRUE(CheckRequest(method, request).ok());
}

TEST(Refusals, AreMeteredPerCaller) {
  Awaited<std::string> observed;
  RpcServer server(
      {.limits = {.refusals = {.per_caller = 2, .per_caller_forgiven = 0.001}},
       .observer = [&observed](const CallEnd& end) { observed.Set(std::string(end.reason)); }});
  RpcService service("redress.testing.v1.EchoService");
  service.Unary<testing::v1::PutRequest, testing::v1::PutResponse>(
      "Put", {},
      [](const CallContext&, const testing::v1::PutRequest&, Done<testing::v1::PutResponse> done) {
        done(MakeError(absl::StatusCode::kFailedPrecondition, "STAGE_NOT_ALLOWED", "no"));
      });
  server.Register(std::move(service));
  const auto port = server.Start();
  ASSERT_TRUE(port.ok()) << port.status();
  RpcChannel channel({.target = "127.0.0.1:" + std::to_string(*port)});
  const auto put = [&channel](const std::string& id) {
    testing::v1::PutRequest request;
    request.set_request_id(id);
    return channel.Call<testing::v1::PutResponse>(kPut, request, absl::Milliseconds(500)).status();
  };
  for (const char* id : {"1", "2"}) {
    EXPECT_EQ(put(id).code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(observed.Take(), "STAGE_NOT_ALLOWED");
  }
  const absl::Status slowed = put("3");
  EXPECT_EQ(slowed.code(), absl::StatusCode::kResourceExhausted) << slowed;
  EXPECT_EQ(ReasonOf(slowed), "TOO_MANY_REFUSALS");
}

TEST_F(RpcTest, EveryEndedCallIsObserved) {
  Awaited<std::pair<std::string, absl::StatusCode>> seen;
  Start({.observer = [&seen](const CallEnd& end) { seen.Set({std::string(end.path), end.code}); }});
  ASSERT_TRUE(Echo("x").ok());
  EXPECT_EQ(seen.Take(), std::make_pair("/" + std::string(kEcho), absl::StatusCode::kOk));
}

TEST_F(RpcTest, DrainingAnswersCallsInFlightAndRefusesNewOnes) {
  Awaited<Done<EchoResponse>> held;
  echo_ = [&held](const CallContext& call, const EchoRequest& request, Done<EchoResponse> done) {
    if (request.text() == "hold") {
      held.Set(std::move(done));
    } else {
      EchoBack(call, request, std::move(done));
    }
  };
  Start();
  Awaited<absl::StatusOr<EchoResponse>> answer;
  EchoRequest request;
  request.set_text("hold");
  channel_->CallAsync<EchoResponse>(
      kEcho, request, [&answer](absl::StatusOr<EchoResponse> r) { answer.Set(std::move(r)); });
  auto done = std::make_optional(held.Take());
  std::thread drain([this] { server_->Drain(absl::Seconds(60)); });
  // Refused, or no longer connected: UNAVAILABLE both, until the deadline of a client that waits
  // and repeats.
  while (Echo("x", absl::Milliseconds(300)).ok()) std::this_thread::yield();
  (*done)(EchoResponse());
  done.reset();
  drain.join();
  EXPECT_TRUE(answer.Take().ok());
}

}  // namespace
}  // namespace redress
