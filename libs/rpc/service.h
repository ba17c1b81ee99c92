// One gRPC service as a table of plain functions:
//
//   RpcService service("redress.routing.v1.RoutingService");
//   service.Unary<ListQueuesRequest, ListQueuesResponse>("ListQueues", {.role = "agent"},
//       [this](const CallContext& call, const ListQueuesRequest& request, Done<ListQueuesResponse>
//       done) {...});
//   server.Register(std::move(service));
//
// The library parses the request, so that bytes which are no such message, or hold text that is not
// UTF-8, are answered INVALID_ARGUMENT with the field's path (the generated service classes of
// gRPC 1.51 would say UNIMPLEMENTED). Names and types are checked against the proto when
// registered; a mismatch is a bug and asserts.
//
// Handlers run on a gRPC thread and must not block: no fsync, no waiting; hand the work to an
// executor and let `done` travel with it. Built by one thread, immutable once registered.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "libs/rpc/call.h"
#include "libs/rpc/stream.h"

namespace redress {

struct MethodOptions {
  // Checked before the handler runs; empty: every caller may.
  std::string role;
  // Answered without token, outside the bound on calls in flight, also while draining (health).
  bool always_answered = false;
};

class RpcService {
 public:
  using Message = google::protobuf::Message;
  // Answers one call with a message or an error; only the first call counts.
  using ErasedDone = absl::AnyInvocable<void(const absl::Status&, const Message*)>;

  struct Method {
    // "/package.Service/Method".
    std::string path;
    MethodOptions options;
    const Message* request_prototype = nullptr;
    // The string field `request_id`, when the request has one: then it is mandatory.
    const google::protobuf::FieldDescriptor* request_id = nullptr;
    // The string field `complaint`, when the request names one.
    const google::protobuf::FieldDescriptor* complaint = nullptr;
    // Exactly one of both is set. `request` lives as long as the answer is outstanding (unary) or
    // during the call of the handler (stream).
    std::function<void(const CallContext&, const Message& request, ErasedDone)> unary;
    std::function<void(const CallContext&, const Message& request, std::shared_ptr<StreamSink>)>
        stream;
  };

  // `full_name` is a service of a proto that is linked in.
  explicit RpcService(std::string_view full_name);

  // `handler` is callable as void(const CallContext&, const Request&, Done<Response>). Context and
  // request live until `done` has been called or dropped.
  template <typename Request, typename Response, typename Handler>
  RpcService& Unary(std::string_view name, MethodOptions options, Handler handler) {
    static_assert(
        std::is_invocable_v<Handler&, const CallContext&, const Request&, Done<Response>>);
    Method& method =
        Add(name, std::move(options), Request::default_instance(), Response::descriptor(), false);
    method.unary = [handler = std::move(handler)](const CallContext& call, const Message& request,
                                                  ErasedDone erased) mutable {
      handler(
          call, static_cast<const Request&>(request),
          Done<Response>([erased = std::move(erased)](absl::StatusOr<Response> response) mutable {
            erased(response.status(), response.ok() ? &*response : nullptr);
          }));
    };
    return *this;
  }

  // `handler` is callable as void(const CallContext&, const Request&, StreamWriter<Response>). The
  // request lives only during the call: copy what is needed later.
  template <typename Request, typename Response, typename Handler>
  RpcService& Stream(std::string_view name, MethodOptions options, Handler handler) {
    static_assert(
        std::is_invocable_v<Handler&, const CallContext&, const Request&, StreamWriter<Response>>);
    Method& method =
        Add(name, std::move(options), Request::default_instance(), Response::descriptor(), true);
    method.stream = [handler = std::move(handler)](const CallContext& call, const Message& request,
                                                   std::shared_ptr<StreamSink> sink) mutable {
      handler(call, static_cast<const Request&>(request), StreamWriter<Response>(std::move(sink)));
    };
    return *this;
  }

  const std::string& full_name() const { return descriptor_->full_name(); }
  const std::vector<std::unique_ptr<Method>>& methods() const { return methods_; }
  // Methods of the proto without handler: they would be answered UNIMPLEMENTED.
  std::vector<std::string> missing() const;

 private:
  Method& Add(std::string_view name, MethodOptions options, const Message& request,
              const google::protobuf::Descriptor* response, bool streams);

  const google::protobuf::ServiceDescriptor* descriptor_;
  std::vector<std::unique_ptr<Method>> methods_;
};

}  // namespace redress
