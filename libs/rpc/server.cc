#include "libs/rpc/server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/stubs/logging.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "libs/base/check.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/rpc/callback_queue.h"
#include "libs/rpc/health.h"
#include "libs/rpc/stream_call.h"
#include "libs/rpc/unary_call.h"

namespace redress {
namespace {

constexpr int kServerKeepaliveMs = 60'000;
constexpr int kServerKeepaliveTimeoutMs = 20'000;
constexpr int kMinClientPingMs = 10'000;
// Room for gRPC to receive a message that is too large for us, so that we name the limit.
constexpr size_t kReceiveSlackBytes = 1 << 20;

// Registers the methods of one RpcService with gRPC, as raw call-backs: the bytes come to us
// unparsed.
class RawService final : public grpc::Service {
 public:
  RawService(const RpcService& service, const std::shared_ptr<Admission>& admission) {
    int index = 0;
    for (const auto& owned : service.methods()) {
      const RpcService::Method& method = *owned;
      const bool streams = method.stream != nullptr;
      AddMethod(
          new grpc::internal::RpcServiceMethod(method.path.c_str(),
                                               streams ? grpc::internal::RpcMethod::SERVER_STREAMING
                                                       : grpc::internal::RpcMethod::NORMAL_RPC,
                                               nullptr));
      MarkMethodRawCallback(
          index++, streams ? StreamHandler(method, admission) : UnaryHandler(method, admission));
    }
  }

 private:
  static grpc::internal::MethodHandler* UnaryHandler(const RpcService::Method& method,
                                                     std::shared_ptr<Admission> admission) {
    return new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
        [&method, admission = std::move(admission)](grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request,
                                                    grpc::ByteBuffer* response) {
          auto call = std::make_shared<UnaryCall>(method, admission, response);
          call->Start(context, *request);
          return call.get();
        });
  }
  static grpc::internal::MethodHandler* StreamHandler(const RpcService::Method& method,
                                                      std::shared_ptr<Admission> admission) {
    return new grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
        [&method, admission = std::move(admission)](grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request) {
          auto call = std::make_shared<StreamCall>(method, admission);
          call->Start(context, *request);
          return call.get();
        });
  }
};

// Protobuf writes its own lines to stderr. What it says of text that is not UTF-8 the caller is
// told already.
void RouteProtobufLog() {
  google::protobuf::SetLogHandler(
      [](google::protobuf::LogLevel level, const char*, int, const std::string& message) {
        if (message.find("invalid UTF-8") != std::string::npos) return;
        Log(level >= google::protobuf::LOGLEVEL_ERROR ? LogLevel::kError : LogLevel::kInfo,
            "protobuf", message);
      });
}

void SetTransportOptions(const RpcLimits& limits, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(
      static_cast<int>(limits.max_message_bytes + kReceiveSlackBytes));
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE,
                              static_cast<int>(limits.max_metadata_bytes));
  // Two servers on one port would each get half of the calls, unnoticed.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kServerKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kServerKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinClientPingMs);
  // Only reflection uses the synchronous API.
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

}  // namespace

struct RpcServer::Running {
  std::shared_ptr<Admission> admission;
  std::vector<std::unique_ptr<RawService>> raw;
  std::unique_ptr<grpc::Server> server;
};

RpcServer::RpcServer(RpcServerOptions options) : options_(std::move(options)) {}

RpcServer::~RpcServer() { Drain(absl::ZeroDuration()); }

void RpcServer::Register(RpcService service) {
  REDRESS_CHECK(running_ == nullptr);
  services_.push_back(std::move(service));
}

absl::StatusOr<int> RpcServer::Start() {
  REDRESS_CHECK(running_ == nullptr);
  Authenticator authenticator;
  if (!options_.token_file.empty()) {
    REDRESS_ASSIGN_OR_RETURN(authenticator, Authenticator::FromFile(options_.token_file));
  } else if (!IsLoopback(options_.address)) {
    return absl::FailedPreconditionError(
        absl::StrCat("without a token file the suite serves on loopback only, not on ",
                     options_.address, ": give a token file, or listen on 127.0.0.1"));
  }
  RouteProtobufLog();
  KeepCallbackQueue();

  auto running = std::make_unique<Running>();
  running->admission =
      std::make_shared<Admission>(options_.limits, std::move(authenticator), options_.observer);
  std::vector<std::string> names;
  for (const RpcService& service : services_) names.push_back(service.full_name());
  Readiness ready = [admission = running->admission,
                     readiness = options_.readiness](std::string_view service) -> absl::Status {
    if (admission->leaving()) return DrainingError();
    return readiness ? readiness(service) : absl::OkStatus();
  };
  services_.push_back(
      MakeHealthService(std::move(ready), std::move(names), options_.health_watch_interval));

  grpc::ServerBuilder builder;
  SetTransportOptions(options_.limits, &builder);
  int port = 0;
  builder.AddListeningPort(options_.address, grpc::InsecureServerCredentials(), &port);
  for (const RpcService& service : services_) {
    running->raw.push_back(std::make_unique<RawService>(service, running->admission));
    builder.RegisterService(running->raw.back().get());
  }
  running->server = builder.BuildAndStart();
  if (running->server == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.address));
  }
  running_ = std::move(running);
  return options_.address.rfind("unix", 0) == 0 ? 0 : port;
}

void RpcServer::Drain(absl::Duration grace) {
  if (running_ == nullptr || running_->admission->leaving()) return;
  // Those who watch the health of this instance take it out of their choice when the stream ends.
  // What they have sent by then is still served: a call that meets the shutdown itself would be
  // cancelled, which no policy repeats.
  if (running_->admission->Leave()) absl::SleepFor(std::min(grace, options_.goodbye));
  running_->admission->Drain();
  running_->server->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  running_->server->Wait();
}

int RpcServer::in_flight() const {
  return running_ == nullptr ? 0 : running_->admission->in_flight();
}

}  // namespace redress
