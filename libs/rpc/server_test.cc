// Who may listen and call, health, reflection.
#include "libs/rpc/server.h"

#include <atomic>
#include <thread>

#include "gmock/gmock.h"
#include "google/protobuf/unknown_field_set.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/impl/rpc_method.h"
#include "grpcpp/support/sync_stream.h"
#include "libs/rpc/echo_test_server.h"
#include "libs/rpc/service_config.h"

namespace redress {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

constexpr std::string_view kCheck = "grpc.health.v1.Health/Check";
constexpr std::string_view kWatch = "grpc.health.v1.Health/Watch";

// The values of one length-delimited field of a serialised message.
std::vector<std::string> FieldValues(const std::string& bytes, int number) {
  google::protobuf::UnknownFieldSet fields;
  EXPECT_TRUE(fields.ParseFromString(bytes));
  std::vector<std::string> values;
  for (int i = 0; i < fields.field_count(); ++i) {
    if (fields.field(i).number() == number) values.push_back(fields.field(i).length_delimited());
  }
  return values;
}

// Asks the reflection service by its bytes, whose proto the system does not package: request field
// 7 is `list_services`, answer field 6 the list, its field 1 a service, its field 1 the name.
std::vector<std::string> ReflectedServices(const std::shared_ptr<grpc::Channel>& channel) {
  const grpc::internal::RpcMethod method(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      grpc::internal::RpcMethod::BIDI_STREAMING, channel);
  grpc::ClientContext context;
  const std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream(
      grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
          channel.get(), method, &context));
  grpc::Slice request(std::string("\x3a\x00", 2));
  EXPECT_TRUE(stream->Write(grpc::ByteBuffer(&request, 1)));
  grpc::ByteBuffer answer;
  EXPECT_TRUE(stream->Read(&answer));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  grpc::Slice whole;
  EXPECT_TRUE(answer.DumpToSingleSlice(&whole).ok());
  std::vector<std::string> names;
  for (const auto& list : FieldValues(std::string(whole.begin(), whole.end()), 6)) {
    for (const auto& service : FieldValues(list, 1)) names.push_back(FieldValues(service, 1).at(0));
  }
  return names;
}

TEST_F(RpcTest, WithoutTokenFileEverybodyIsTheLocalPerson) {
  std::string id;
  echo_ = [&id](const CallContext& call, const EchoRequest&, Done<EchoResponse> done) {
    id = call.caller().id;
    EXPECT_EQ(call.caller().kind, event::v1::Actor::PERSON);
    EXPECT_TRUE(RequireRole(call.caller(), "anything").ok());
    done(EchoResponse());
  };
  Start();
  ASSERT_TRUE(Echo("x").ok());
  EXPECT_EQ(id, "local");
}

TEST_F(RpcTest, WithoutTokenFileOnlyLoopbackIsServed) {
  RpcServer server({.address = "0.0.0.0:0"});
  const absl::Status status = server.Start().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("token file"));
}

TEST_F(RpcTest, WithATokenFileCallersAreNamedAndOthersRefused) {
  const std::string path = TempFile(
      "# token kind id roles\n"
      "aaaaaaaaaaaaaaaa-1 api_client crm adapter,agent\n"
      "bbbbbbbbbbbbbbbb-2 person a17 -\n");
  std::string id;
  echo_ = [&id](const CallContext& call, const EchoRequest&, Done<EchoResponse> done) {
    id = call.caller().id;
    done(EchoResponse());
  };
  Start({.address = "0.0.0.0:0", .token_file = path}, {.role = "agent"});
  EXPECT_EQ(ReasonOf(Echo("x").status()), "TOKEN_REQUIRED");
  Connect("wrong");
  EXPECT_EQ(Echo("x").status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(Echo("x").status()), "TOKEN_UNKNOWN");
  Connect("bbbbbbbbbbbbbbbb-2");
  const absl::Status denied = Echo("x").status();
  EXPECT_EQ(denied.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorMetadataOf(denied, "role"), "agent");
  EXPECT_EQ(id, "");
  Connect("aaaaaaaaaaaaaaaa-1");
  EXPECT_TRUE(Echo("x").ok());
  EXPECT_EQ(id, "crm");
}

TEST_F(RpcTest, ABadTokenFileIsRefusedAtStartByLine) {
  RpcServer server({.token_file = TempFile("aaaaaaaaaaaaaaaa wizard merlin -\n")});
  const absl::Status status = server.Start().status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 1"));
  RpcServer other({.token_file = "/nonexistent/tokens"});
  EXPECT_EQ(other.Start().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RpcTest, ATakenPortIsAClearError) {
  Start();
  RpcServer second({.address = target_});
  EXPECT_EQ(second.Start().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RpcTest, HealthFollowsReadiness) {
  std::atomic<bool> ready{false};
  Start({.readiness = [&ready](std::string_view service) -> absl::Status {
    EXPECT_TRUE(service.empty() || service == "redress.testing.v1.EchoService");
    return ready ? absl::OkStatus() : absl::UnavailableError("not caught up");
  }});
  HealthCheckRequest request;
  auto health = channel_->Call<HealthCheckResponse>(kCheck, request);
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(health->status(), HealthCheckResponse::NOT_SERVING);
  ready = true;
  request.set_service("redress.testing.v1.EchoService");
  health = channel_->Call<HealthCheckResponse>(kCheck, request);
  EXPECT_EQ(health->status(), HealthCheckResponse::SERVING);
  request.set_service("no.such.Service");
  EXPECT_EQ(channel_->Call<HealthCheckResponse>(kCheck, request).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(RpcTest, HealthIsWatchedAndNeedsNoToken) {
  std::atomic<bool> ready{false};
  Start({.token_file = TempFile("aaaaaaaaaaaaaaaa-1 person a1 -\n"),
         .readiness = [&ready](std::string_view) -> absl::Status {
           return ready ? absl::OkStatus() : absl::UnavailableError("not caught up");
         },
         .health_watch_interval = absl::Milliseconds(5)});
  const auto watch = channel_->OpenStream(kWatch, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  ready = true;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  // A watcher does not hold up a stop.
  server_->Drain(absl::Seconds(60));
  EXPECT_FALSE(watch->Read(&response));
}

TEST_F(RpcTest, WhileWatchersHearOfAStopCallsAreStillServed) {
  Start({.goodbye = absl::Seconds(1)});
  const auto watch = channel_->OpenStream(kWatch, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  std::thread drain([this] { server_->Drain(absl::Seconds(60)); });
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_TRUE(Echo("sent before it was heard").ok());
  drain.join();
}

TEST_F(RpcTest, ReflectionListsTheServices) {
  Start();
  EXPECT_THAT(ReflectedServices(channel_->channel()),
              IsSupersetOf({"redress.testing.v1.EchoService", "grpc.health.v1.Health"}));
}

TEST(ServiceConfig, TheFileForOtherClientsIsTheSame) {
  const char* root = std::getenv("REDRESS_SOURCE_DIR");
  if (root == nullptr) GTEST_SKIP() << "REDRESS_SOURCE_DIR is not set";
  std::ifstream in(std::string(root) + "/deploy/grpc/service_config.json");
  const std::string file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_EQ(file, kServiceConfig);
}

}  // namespace
}  // namespace redress
