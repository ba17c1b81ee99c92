// One server stream on the server: a bounded queue of serialised answers in front of gRPC's one
// write at a time. Lives until gRPC is done with it and the producer has let go of its writer.
// Thread-safe as `StreamSink` says.
#pragma once

#include <deque>
#include <memory>

#include "grpcpp/alarm.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "libs/base/mutex.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/call.h"
#include "libs/rpc/service.h"
#include "libs/rpc/stream.h"

namespace redress {

class StreamCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  StreamCall(const RpcService::Method& method, std::shared_ptr<Admission> admission)
      : method_(method), admission_(std::move(admission)), started_(absl::Now()) {}
  ~StreamCall() override;

  // Runs the handler. Called once, before gRPC gets the reactor.
  void Start(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request);

  WriteResult Write(const google::protobuf::Message& message);
  void End(absl::Status status);
  void SetWake(absl::AnyInvocable<void()> wake);
  bool closed() const;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  absl::Status Prepare(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request,
                       google::protobuf::Message* message);
  // Arms the alarm that cuts off a reader who takes nothing; with the lock held.
  void WatchReader();
  void CutOff(uint64_t written);
  bool ClosedLocked() const { return broken_ || ending_ || finished_ || done_; }
  bool FullLocked() const;
  // Finishes the call when nothing is being written any more. Takes over the lock and releases it.
  void FinishIfIdle(MutexLock lock);
  void CallWake();

  const RpcService::Method& method_;
  const std::shared_ptr<Admission> admission_;
  const absl::Time started_;
  grpc::CallbackServerContext* context_ = nullptr;
  std::shared_ptr<StreamCall> self_;
  std::unique_ptr<CallContext> call_;

  mutable Mutex mutex_;
  std::deque<grpc::ByteBuffer> queue_;
  size_t queued_bytes_ = 0;
  // The front of the queue is with gRPC.
  bool writing_ = false;
  // The producer was told kFull and waits to be woken.
  bool full_ = false;
  // The reader has gone.
  bool broken_ = false;
  bool ending_ = false;
  bool finished_ = false;
  bool done_ = false;
  bool entered_ = false;
  absl::Status end_status_;
  uint64_t written_ = 0;
  std::unique_ptr<grpc::Alarm> alarm_;
  // Held while `wake_` runs, so that its calls never overlap; taken before `mutex_`, never after.
  Mutex wake_mutex_;
  absl::AnyInvocable<void()> wake_;
};

}  // namespace redress
