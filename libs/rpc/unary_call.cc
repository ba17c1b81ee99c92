#include "libs/rpc/unary_call.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/server_context.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/rpc/wire.h"

namespace redress {
namespace {

constexpr size_t kMaxRequestIdBytes = 128;
// A handler whose time is up answers this much before the caller gives up, so that the caller
// learns what became of its call and not only that time has passed; of short deadlines a tenth.
constexpr absl::Duration kTimeToAnswer = absl::Milliseconds(100);
// With less time left a repetition ends with DEADLINE_EXCEEDED in the caller's own library, which
// would swallow what this answer says. gRPC's word for "do not repeat it" is a negative push-back.
constexpr absl::Duration kTooLateToRepeat = absl::Milliseconds(200);
constexpr char kPushback[] = "grpc-retry-pushback-ms";

}  // namespace

absl::Time DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  // gRPC gives callers without deadline the largest time there is.
  if (deadline == std::chrono::system_clock::time_point::max()) return absl::InfiniteFuture();
  return absl::FromChrono(deadline);
}

absl::StatusOr<std::shared_ptr<const Caller>> CallerOf(const grpc::CallbackServerContext& context,
                                                       const RpcService::Method& method,
                                                       const Authenticator& authenticator) {
  if (method.options.always_answered) {
    static const auto& nobody =
        *new std::shared_ptr<const Caller>(std::make_shared<const Caller>());
    return nobody;
  }
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  std::string_view authorization;
  if (found != metadata.end()) {
    authorization = std::string_view(found->second.data(), found->second.size());
  }
  REDRESS_ASSIGN_OR_RETURN(auto caller, authenticator.Authenticate(authorization));
  if (!method.options.role.empty())
    REDRESS_RETURN_IF_ERROR(RequireRole(*caller, method.options.role));
  return caller;
}

absl::Status CheckRequest(const RpcService::Method& method,
                          const google::protobuf::Message& request) {
  if (method.request_id == nullptr) return absl::OkStatus();
  std::string scratch;
  const std::string& id =
      request.GetReflection()->GetStringReference(request, method.request_id, &scratch);
  if (id.empty()) {
    return InvalidField("request_id",
                        "is missing: every call that changes something names itself, so that "
                        "repeating it is safe");
  }
  if (id.size() > kMaxRequestIdBytes) {
    return InvalidField("request_id",
                        absl::StrCat("is longer than ", kMaxRequestIdBytes, " characters"));
  }
  for (const char c : id) {
    if (c < 0x21 || c > 0x7e)
      return InvalidField("request_id", "holds something else than printable ASCII");
  }
  return absl::OkStatus();
}

UnaryCall::~UnaryCall() {
  if (entered_) admission_->LeaveUnary();
}

void UnaryCall::Start(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request) {
  self_ = shared_from_this();
  context_ = context;
  if (const absl::Status status = Prepare(context, request); !status.ok()) {
    Answer(status, nullptr);
    return;
  }
  BoundWait(DeadlineOf(*context));
  method_.unary(*call_, *request_,
                [self = shared_from_this()](const absl::Status& status,
                                            const google::protobuf::Message* message) {
                  self->Answer(status, message);
                });
}

absl::Status UnaryCall::Prepare(grpc::CallbackServerContext* context,
                                const grpc::ByteBuffer& request) {
  REDRESS_ASSIGN_OR_RETURN(auto caller, CallerOf(*context, method_, admission_->authenticator()));
  if (!method_.options.always_answered) {
    REDRESS_RETURN_IF_ERROR(admission_->EnterUnary());
    entered_ = true;
  }
  request_.reset(method_.request_prototype->New());
  REDRESS_RETURN_IF_ERROR(
      ParseMessage(request, admission_->limits().max_message_bytes, request_.get()));
  REDRESS_RETURN_IF_ERROR(CheckRequest(method_, *request_));
  if (method_.request_id != nullptr) {
    REDRESS_RETURN_IF_ERROR(admission_->refusals().Check(caller->id, ComplaintNamed(), started_));
  }
  const absl::Time end = std::min(DeadlineOf(*context), WaitEnd());
  const absl::Time deadline = end - std::min(kTimeToAnswer, (end - started_) / 10);
  call_.emplace(method_.path, deadline, std::move(caller), context->peer());
  return absl::OkStatus();
}

std::string UnaryCall::ComplaintNamed() const {
  if (method_.complaint == nullptr) return "";
  return request_->GetReflection()->GetString(*request_, method_.complaint);
}

// gRPC ends calls at the caller's own deadline; for callers who would wait longer the server does.
void UnaryCall::BoundWait(absl::Time client_deadline) {
  if (client_deadline <= WaitEnd()) return;
  alarm_.Set(absl::ToChronoTime(WaitEnd()), [weak = weak_from_this()](bool fired) {
    // Weak: an alarm keeps its function until it is destroyed, and it is a part of the call.
    const auto self = fired ? weak.lock() : nullptr;
    if (self == nullptr) return;
    self->call_->Cancel();
    self->Answer(
        MakeError(absl::StatusCode::kDeadlineExceeded, reason::kDeadline,
                  absl::StrCat("not answered within ",
                               absl::FormatDuration(self->admission_->limits().max_deadline),
                               "; repeating the same request id is safe")),
        nullptr);
  });
}

void UnaryCall::Answer(const absl::Status& status, const google::protobuf::Message* message) {
  if (answered_.exchange(true)) return;
  absl::Status result = status;
  if (result.ok())
    result = SerializeMessage(*message, admission_->limits().max_message_bytes, response_);
  code_ = result.code();
  if (!result.ok()) reason_ = ReasonOf(result);
  if (code_ == absl::StatusCode::kFailedPrecondition && method_.request_id != nullptr && call_) {
    admission_->refusals().Count(call_->caller().id, ComplaintNamed(), absl::Now());
  }
  if (code_ == absl::StatusCode::kUnavailable &&
      DeadlineOf(*context_) - absl::Now() < kTooLateToRepeat) {
    context_->AddTrailingMetadata(kPushback, "-1");
  }
  Finish(ToGrpcStatus(result));
}

void UnaryCall::OnCancel() {
  if (call_) call_->Cancel();
}

void UnaryCall::OnDone() {
  alarm_.Cancel();
  admission_->Ended({method_.path, code_, absl::Now() - started_, reason_});
  self_.reset();
}

}  // namespace redress
