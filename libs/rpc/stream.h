// The server's side of a stream of answers, without gRPC: a bounded queue that a slow reader fills
// and a gone one closes. The producer is a step machine: it writes until the queue is full, then
// waits to be woken.
#pragma once

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace redress {

enum class WriteResult {
  // It will be sent, unless the stream breaks.
  kQueued,
  // Not taken: the reader is slower than the writer. The wake function is called when there is
  // room.
  kFull,
  // Not taken: the reader has gone, the stream was finished, or the server is stopping. Release
  // everything.
  kClosed,
};

// What a stream is to its producer; the transport implements it, tests may. Thread-safe.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  // Never blocks. Messages leave in the order of writing; one thread at a time writes.
  virtual WriteResult Write(const google::protobuf::Message& message) = 0;
  // Ends the stream after what is queued; further writes find it closed. Only the first call
  // counts.
  virtual void Finish(absl::Status status) = 0;
  // `wake` is called on a thread of the transport when a full queue has room again and when the
  // stream closes (at once, if it is closed), perhaps more than once, never twice at a time. It
  // must be short: post to an executor. Set it once, before the first write. It is released when
  // the stream has ended, so that it may hold the writer.
  virtual void SetWake(absl::AnyInvocable<void()> wake) = 0;
  virtual bool closed() const = 0;
};

// Typed handle; copies write to the same stream. When the last copy goes without `Finish`, the
// stream ends with UNAVAILABLE.
template <typename Response>
class StreamWriter {
 public:
  explicit StreamWriter(std::shared_ptr<StreamSink> sink) : sink_(std::move(sink)) {}

  [[nodiscard]] WriteResult Write(const Response& message) const { return sink_->Write(message); }
  void Finish(absl::Status status) const { sink_->Finish(std::move(status)); }
  void SetWake(absl::AnyInvocable<void()> wake) const { sink_->SetWake(std::move(wake)); }
  bool closed() const { return sink_->closed(); }

 private:
  std::shared_ptr<StreamSink> sink_;
};

}  // namespace redress
