#include "libs/rpc/channel.h"

#include "google/protobuf/descriptor.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/impl/rpc_method.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/client_callback.h"
#include "grpcpp/support/sync_stream.h"
#include "libs/base/check.h"
#include "libs/base/mutex.h"
#include "libs/rpc/callback_queue.h"
#include "libs/rpc/service_config.h"
#include "libs/rpc/wire.h"

namespace redress {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::MessageLite;

constexpr int kClientKeepaliveMs = 30'000;
constexpr int kClientKeepaliveTimeoutMs = 10'000;
// Calls larger than this are not repeated by gRPC.
constexpr int kRetryBufferBytes = 4 << 20;

// A method known to the channel; gRPC keeps the pointer to the path.
struct KnownMethod {
  KnownMethod(std::string path_, grpc::internal::RpcMethod::RpcType type,
              const std::shared_ptr<grpc::Channel>& channel)
      : path(std::move(path_)), method(path.c_str(), type, channel) {}
  const std::string path;
  const grpc::internal::RpcMethod method;
};

const google::protobuf::MethodDescriptor& DeclaredMethod(std::string_view name,
                                                         const Descriptor* request) {
  std::string dotted(name);
  const size_t slash = dotted.find('/');
  REDRESS_CHECK(slash != std::string::npos);
  dotted[slash] = '.';
  const auto* declared =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(dotted);
  REDRESS_CHECK(declared != nullptr);
  REDRESS_CHECK(declared->input_type() == request);
  return *declared;
}

class ByteStream final : public RpcStream {
 public:
  ByteStream(std::unique_ptr<grpc::ClientContext> context,
             grpc::ClientReader<grpc::ByteBuffer>* reader, const Descriptor* type, size_t max_bytes)
      : context_(std::move(context)), reader_(reader), type_(type), max_bytes_(max_bytes) {}
  ~ByteStream() override {
    if (finished_) return;
    context_->TryCancel();
    grpc::ByteBuffer rest;
    while (reader_->Read(&rest)) {
    }
    reader_->Finish();
  }

  bool Read(google::protobuf::Message* message) override {
    REDRESS_CHECK(message->GetDescriptor() == type_);
    grpc::ByteBuffer bytes;
    if (!parse_.ok() || !reader_->Read(&bytes)) return false;
    parse_ = ParseMessage(bytes, max_bytes_, message);
    if (!parse_.ok()) context_->TryCancel();
    return parse_.ok();
  }

  absl::Status Finish() override {
    if (!parse_.ok()) {
      return absl::InternalError("the server sent something else: " +
                                 std::string(parse_.message()));
    }
    finished_ = true;
    return FromGrpcStatus(reader_->Finish());
  }

  void Cancel() override { context_->TryCancel(); }

 private:
  const std::unique_ptr<grpc::ClientContext> context_;
  const std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader_;
  const Descriptor* const type_;
  const size_t max_bytes_;
  absl::Status parse_;
  bool finished_ = false;
};

}  // namespace

struct RpcChannel::Inner {
  RpcChannelOptions options;
  std::shared_ptr<grpc::Channel> channel;
  Mutex mutex;
  std::map<std::string, std::unique_ptr<KnownMethod>, std::less<>> methods;

  const grpc::internal::RpcMethod& Find(std::string_view name,
                                        grpc::internal::RpcMethod::RpcType type) {
    MutexLock lock(mutex);
    auto found = methods.find(name);
    if (found == methods.end()) {
      auto known = std::make_unique<KnownMethod>("/" + std::string(name), type, channel);
      found = methods.emplace(std::string(name), std::move(known)).first;
    }
    return found->second->method;
  }

  std::unique_ptr<grpc::ClientContext> NewContext(absl::Duration deadline) const {
    auto context = std::make_unique<grpc::ClientContext>();
    if (!options.token.empty()) context->AddMetadata("authorization", "Bearer " + options.token);
    if (deadline > absl::ZeroDuration())
      context->set_deadline(absl::ToChronoTime(absl::Now() + deadline));
    return context;
  }
};

RpcChannel::RpcChannel(RpcChannelOptions options) : inner_(std::make_unique<Inner>()) {
  KeepCallbackQueue();
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(std::string(kServiceConfig));
  arguments.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kClientKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kClientKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, kRetryBufferBytes);
  // A suite that was restarted is found again quickly.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  inner_->channel =
      grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments);
  inner_->options = std::move(options);
}

RpcChannel::~RpcChannel() = default;

absl::Status RpcChannel::Call(std::string_view method, const Message& request, Message* response,
                              absl::Duration deadline) {
  const auto& declared = DeclaredMethod(method, request.GetDescriptor());
  REDRESS_CHECK(declared.output_type() == response->GetDescriptor() &&
                !declared.server_streaming());
  const auto context =
      inner_->NewContext(deadline > absl::ZeroDuration() ? deadline : inner_->options.deadline);
  return FromGrpcStatus(grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(
      inner_->channel.get(), inner_->Find(method, grpc::internal::RpcMethod::NORMAL_RPC),
      context.get(), request, response));
}

void RpcChannel::StartCall(std::string_view method, const Message& request, Message* response,
                           absl::Duration deadline, absl::AnyInvocable<void(absl::Status)> done) {
  const auto& declared = DeclaredMethod(method, request.GetDescriptor());
  REDRESS_CHECK(declared.output_type() == response->GetDescriptor() &&
                !declared.server_streaming());
  std::shared_ptr<grpc::ClientContext> context =
      inner_->NewContext(deadline > absl::ZeroDuration() ? deadline : inner_->options.deadline);
  grpc::ClientContext* raw = context.get();
  // gRPC wants a copyable function.
  auto shared_done = std::make_shared<absl::AnyInvocable<void(absl::Status)>>(std::move(done));
  const MessageLite* serialised = &request;
  MessageLite* parsed = response;
  grpc::internal::CallbackUnaryCall<MessageLite, MessageLite>(
      inner_->channel.get(), inner_->Find(method, grpc::internal::RpcMethod::NORMAL_RPC), raw,
      serialised, parsed, [context, shared_done](const grpc::Status& status) {
        (*shared_done)(FromGrpcStatus(status));
      });
}

std::unique_ptr<RpcStream> RpcChannel::OpenStream(std::string_view method, const Message& request,
                                                  absl::Duration deadline) {
  const auto& declared = DeclaredMethod(method, request.GetDescriptor());
  REDRESS_CHECK(declared.server_streaming());
  auto context = inner_->NewContext(deadline);
  const MessageLite& lite = request;
  auto* reader = grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(
      inner_->channel.get(), inner_->Find(method, grpc::internal::RpcMethod::SERVER_STREAMING),
      context.get(), lite);
  return std::make_unique<ByteStream>(std::move(context), reader, declared.output_type(),
                                      inner_->options.max_message_bytes);
}

bool RpcChannel::WaitForConnected(absl::Duration timeout) {
  return inner_->channel->WaitForConnected(absl::ToChronoTime(absl::Now() + timeout));
}

const std::shared_ptr<grpc::Channel>& RpcChannel::channel() const { return inner_->channel; }

}  // namespace redress
