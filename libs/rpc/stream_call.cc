#include "libs/rpc/stream_call.h"

#include <string>
#include <utility>

#include "grpcpp/server_context.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/rpc/unary_call.h"
#include "libs/rpc/wire.h"

namespace redress {
namespace {

// What the producer holds: when the last writer goes, so does this, and the stream ends.
class ProducerSide final : public StreamSink {
 public:
  explicit ProducerSide(std::shared_ptr<StreamCall> call) : call_(std::move(call)) {}
  ~ProducerSide() override {
    call_->End(MakeError(absl::StatusCode::kUnavailable, reason::kDraining,
                         "the service stopped the stream; resume it from the last token"));
  }
  WriteResult Write(const google::protobuf::Message& message) override {
    return call_->Write(message);
  }
  void Finish(absl::Status status) override { call_->End(std::move(status)); }
  void SetWake(absl::AnyInvocable<void()> wake) override { call_->SetWake(std::move(wake)); }
  bool closed() const override { return call_->closed(); }

 private:
  const std::shared_ptr<StreamCall> call_;
};

}  // namespace

StreamCall::~StreamCall() {
  if (entered_) admission_->LeaveStream(this);
}

void StreamCall::Start(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request) {
  self_ = shared_from_this();
  context_ = context;
  const auto sink = std::make_shared<ProducerSide>(self_);
  std::unique_ptr<google::protobuf::Message> message(method_.request_prototype->New());
  absl::Status status = Prepare(context, request, message.get());
  if (status.ok()) {
    status = admission_->EnterStream(sink, this, call_->caller(),
                                     /*bounded=*/!method_.options.always_answered);
    entered_ = status.ok();
  }
  if (!status.ok()) {
    End(std::move(status));
    return;
  }
  // So that the caller knows at once that it was let in.
  StartSendInitialMetadata();
  method_.stream(*call_, *message, sink);
}

absl::Status StreamCall::Prepare(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer& request,
                                 google::protobuf::Message* message) {
  REDRESS_ASSIGN_OR_RETURN(auto caller, CallerOf(*context, method_, admission_->authenticator()));
  REDRESS_RETURN_IF_ERROR(ParseMessage(request, admission_->limits().max_message_bytes, message));
  REDRESS_RETURN_IF_ERROR(CheckRequest(method_, *message));
  call_ = std::make_unique<CallContext>(method_.path, DeadlineOf(*context), std::move(caller),
                                        context->peer());
  return absl::OkStatus();
}

bool StreamCall::FullLocked() const {
  const RpcLimits& limits = admission_->limits();
  return queue_.size() >= limits.stream_queue_messages ||
         queued_bytes_ >= limits.stream_queue_bytes;
}

WriteResult StreamCall::Write(const google::protobuf::Message& message) {
  {
    MutexLock lock(mutex_);
    if (ClosedLocked()) return WriteResult::kClosed;
    if (FullLocked()) {
      if (!full_) WatchReader();
      full_ = true;
      return WriteResult::kFull;
    }
  }
  grpc::ByteBuffer bytes;
  if (absl::Status status =
          SerializeMessage(message, admission_->limits().max_message_bytes, &bytes);
      !status.ok()) {
    End(std::move(status));
    return WriteResult::kClosed;
  }
  const grpc::ByteBuffer* first = nullptr;
  {
    MutexLock lock(mutex_);
    if (ClosedLocked()) return WriteResult::kClosed;
    queued_bytes_ += bytes.Length();
    queue_.push_back(std::move(bytes));
    if (!writing_) {
      writing_ = true;
      first = &queue_.front();
    }
  }
  if (first != nullptr) StartWrite(first);
  return WriteResult::kQueued;
}

void StreamCall::End(absl::Status status) {
  MutexLock lock(mutex_);
  if (ClosedLocked()) return;
  ending_ = true;
  end_status_ = std::move(status);
  FinishIfIdle(std::move(lock));
}

void StreamCall::SetWake(absl::AnyInvocable<void()> wake) {
  MutexLock wake_lock(wake_mutex_);
  bool call_now;
  bool keep;
  {
    MutexLock lock(mutex_);
    call_now = ClosedLocked();
    keep = !done_;
  }
  if (call_now) wake();
  // `OnDone` waits for `wake_mutex_` before it lets go of the function.
  if (keep) wake_ = std::move(wake);
}

bool StreamCall::closed() const {
  MutexLock lock(mutex_);
  return ClosedLocked();
}

void StreamCall::OnWriteDone(bool ok) {
  const grpc::ByteBuffer* next = nullptr;
  bool wake = false;
  {
    MutexLock lock(mutex_);
    ++written_;
    writing_ = false;
    queued_bytes_ -= queue_.front().Length();
    queue_.pop_front();
    if (!ok) {
      broken_ = true;
      queue_.clear();
      queued_bytes_ = 0;
    }
    const RpcLimits& limits = admission_->limits();
    if (full_ && (queue_.size() <= limits.stream_queue_messages / 2 &&
                  queued_bytes_ <= limits.stream_queue_bytes / 2)) {
      full_ = false;
      wake = true;
    }
    wake = wake || broken_;
    if (!queue_.empty()) {
      writing_ = true;
      next = &queue_.front();
    } else {
      FinishIfIdle(std::move(lock));
    }
  }
  if (next != nullptr) StartWrite(next);
  if (wake) CallWake();
}

void StreamCall::OnCancel() {
  {
    MutexLock lock(mutex_);
    broken_ = true;
    if (call_) call_->Cancel();
    FinishIfIdle(std::move(lock));
  }
  CallWake();
}

void StreamCall::OnDone() {
  absl::AnyInvocable<void()> wake;
  absl::Status ended;
  {
    MutexLock lock(mutex_);
    done_ = true;
    context_ = nullptr;
    ended = end_status_;
    if (alarm_) alarm_->Cancel();
  }
  {
    MutexLock wake_lock(wake_mutex_);
    wake = std::exchange(wake_, nullptr);
  }
  if (wake) wake();
  const std::string reason = ended.ok() ? "" : ReasonOf(ended);
  admission_->Ended({method_.path, ended.code(), absl::Now() - started_, reason});
  self_.reset();
}

void StreamCall::FinishIfIdle(MutexLock lock) {
  if (writing_ || finished_ || !(broken_ || ending_)) return;
  finished_ = true;
  if (broken_) end_status_ = absl::CancelledError("the reader has gone");
  const absl::Status status = end_status_;
  lock.unlock();
  Finish(ToGrpcStatus(status));
}

void StreamCall::WatchReader() {
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(absl::ToChronoTime(absl::Now() + admission_->limits().slow_reader_timeout),
              [weak = weak_from_this(), written = written_](bool fired) {
                // Weak: an alarm keeps its function until it is destroyed, and it is a part of the
                // call.
                if (const auto self = fired ? weak.lock() : nullptr) self->CutOff(written);
              });
}

void StreamCall::CutOff(uint64_t written) {
  MutexLock lock(mutex_);
  if (!full_ || finished_ || done_) return;
  if (written_ != written) {
    WatchReader();
    return;
  }
  // A status would queue behind the bytes that nobody takes, so the call is reset instead.
  context_->TryCancel();
}

void StreamCall::CallWake() {
  MutexLock lock(wake_mutex_);
  if (wake_) wake_();
}

}  // namespace redress
