// The client's side: calls by name on one connection, with the suite's retry policy, deadline and
// token.
//
//   RpcChannel channel({.target = "localhost:7400", .token = token});
//   absl::StatusOr<Complaint> complaint =
//       channel.Call<Complaint>("redress.intake.v1.ComplaintService/GetComplaint", request);
//   if (!complaint.ok()) Print(DescribeError(complaint.status()));
//
// Method names and types are checked against the proto; a mismatch is a bug and asserts.
// Thread-safe. Generated stubs work on `channel()` too, but then token, deadline and errors are the
// caller's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace grpc {
class Channel;
}

namespace redress {

struct RpcChannelOptions {
  // "host:port", "unix:path" or any gRPC target.
  std::string target;
  // Empty: none is sent.
  std::string token;
  // Of unary calls that name no other; repetitions included.
  absl::Duration deadline = absl::Seconds(30);
  size_t max_message_bytes = 64 << 20;
};

// One server stream being read. One thread reads; `Cancel` may come from any.
class RpcStream {
 public:
  virtual ~RpcStream() = default;
  // Blocks; false at the end, then `Finish` says why.
  virtual bool Read(google::protobuf::Message* message) = 0;
  // OK when the server ended the stream. Call it once, after `Read` was false.
  virtual absl::Status Finish() = 0;
  virtual void Cancel() = 0;
};

class RpcChannel {
 public:
  using Message = google::protobuf::Message;

  explicit RpcChannel(RpcChannelOptions options);
  ~RpcChannel();
  RpcChannel(const RpcChannel&) = delete;
  RpcChannel& operator=(const RpcChannel&) = delete;

  // `method` is "package.Service/Method". Blocks. Errors carry what the server said (libs/errors).
  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view method, const Message& request,
                                absl::Duration deadline = absl::ZeroDuration()) {
    Response response;
    absl::Status status = Call(method, request, &response, deadline);
    if (!status.ok()) return status;
    return response;
  }
  // The same without the type at compile time. `deadline` 0: that of the options.
  absl::Status Call(std::string_view method, const Message& request, Message* response,
                    absl::Duration deadline);

  // Returns at once; `done` is called exactly once, on a gRPC thread, and must not block. The
  // request is serialised before the return.
  template <typename Response>
  void CallAsync(std::string_view method, const Message& request,
                 absl::AnyInvocable<void(absl::StatusOr<Response>)> done,
                 absl::Duration deadline = absl::ZeroDuration()) {
    auto response = std::make_shared<Response>();
    StartCall(method, request, response.get(), deadline,
              [response, done = std::move(done)](absl::Status status) mutable {
                if (status.ok()) {
                  done(std::move(*response));
                } else {
                  done(std::move(status));
                }
              });
  }

  // Opens a stream. `deadline` 0: none. Never fails at once: the first `Read` tells.
  std::unique_ptr<RpcStream> OpenStream(std::string_view method, const Message& request,
                                        absl::Duration deadline = absl::ZeroDuration());

  // Whether a connection stands within `timeout`. Blocks.
  bool WaitForConnected(absl::Duration timeout);

  const std::shared_ptr<grpc::Channel>& channel() const;

 private:
  struct Inner;
  void StartCall(std::string_view method, const Message& request, Message* response,
                 absl::Duration deadline, absl::AnyInvocable<void(absl::Status)> done);

  std::unique_ptr<Inner> inner_;
};

}  // namespace redress
