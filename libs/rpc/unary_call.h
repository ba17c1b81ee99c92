// One unary call on the server: lets it in, parses, runs the handler, serialises its answer.
// Created by gRPC's call-back for each call; lives until gRPC is done with it and the handler has
// let go of its `Done`.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "grpcpp/alarm.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/call.h"
#include "libs/rpc/service.h"

namespace redress {

class UnaryCall final : public grpc::ServerUnaryReactor,
                        public std::enable_shared_from_this<UnaryCall> {
 public:
  // `method` lives as long as the server; `response` until the call is finished.
  UnaryCall(const RpcService::Method& method, std::shared_ptr<Admission> admission,
            grpc::ByteBuffer* response)
      : method_(method),
        admission_(std::move(admission)),
        response_(response),
        started_(absl::Now()) {}
  ~UnaryCall() override;

  // Runs the handler. Called once, before gRPC gets the reactor.
  void Start(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request);

  void OnCancel() override;
  void OnDone() override;

 private:
  absl::Status Prepare(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request);
  void BoundWait(absl::Time client_deadline);
  // Beyond it no caller is made to wait.
  absl::Time WaitEnd() const { return started_ + admission_->limits().max_deadline; }
  void Answer(const absl::Status& status, const google::protobuf::Message* message);
  // The complaint that a command names; empty: none.
  std::string ComplaintNamed() const;

  const RpcService::Method& method_;
  const std::shared_ptr<Admission> admission_;
  grpc::ByteBuffer* const response_;
  const absl::Time started_;
  std::shared_ptr<UnaryCall> self_;
  // gRPC's; lives until `OnDone`.
  grpc::CallbackServerContext* context_ = nullptr;
  std::optional<CallContext> call_;
  std::unique_ptr<google::protobuf::Message> request_;
  grpc::Alarm alarm_;
  std::atomic<bool> answered_{false};
  bool entered_ = false;
  absl::StatusCode code_ = absl::StatusCode::kOk;
  std::string reason_;
};

// The caller that a call's metadata names.
absl::StatusOr<std::shared_ptr<const Caller>> CallerOf(const grpc::CallbackServerContext& context,
                                                       const RpcService::Method& method,
                                                       const Authenticator& authenticator);

// Infinite when the caller gave none.
absl::Time DeadlineOf(const grpc::CallbackServerContext& context);

// What every request must satisfy whatever its type: a request id where it has one.
absl::Status CheckRequest(const RpcService::Method& method,
                          const google::protobuf::Message& request);

}  // namespace redress
