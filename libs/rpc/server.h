// The gRPC server of a process: services as tables of plain functions, with health, reflection,
// callers, bounds.
//
//   RpcServer server({.address = "127.0.0.1:0", .token_file = flag});
//   server.Register(MakeComplaintService(...));
//   absl::StatusOr<int> port = server.Start();
//   ...
//   server.Drain(absl::Seconds(5));
//
// Uses gRPC's call-back API: its two (cores / 2, at least two) process-wide threads poll and run
// the handlers; nothing else does. Thread-safe after `Start`. Drains in the destructor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/service.h"

namespace redress {

// Whether a service (full name) or the process (empty) is ready to serve: OK, or why not. Called
// for each health check and once a second per watch, on gRPC threads: must be thread-safe and not
// block.
using Readiness = std::function<absl::Status(std::string_view service)>;

struct RpcServerOptions {
  // "host:port" or "unix:path"; port 0 takes any free one.
  std::string address = "127.0.0.1:0";
  // See `Authenticator::FromFile`; empty: every caller is the local person, and `address` must be
  // loopback.
  std::string token_file;
  RpcLimits limits;
  // Not set: ready from the start until draining.
  Readiness readiness;
  CallObserver observer;
  absl::Duration health_watch_interval = absl::Seconds(1);
  // What those who watch the health get to hear of a stop, before calls are refused.
  absl::Duration goodbye = absl::Milliseconds(300);
};

class RpcServer {
 public:
  explicit RpcServer(RpcServerOptions options);
  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  // Before `Start`. What the handlers use must outlive the server.
  void Register(RpcService service);

  // Listens; returns the port (0 for a unix socket). FAILED_PRECONDITION: no token file and not
  // loopback; UNAVAILABLE: the address cannot be had; else an error of the token file. Not to be
  // called again.
  absl::StatusOr<int> Start();

  // Health says NOT_SERVING and streams end; a moment later, when somebody had a stream, new calls
  // are answered UNAVAILABLE; waits until the calls in flight are answered, at most `grace`, then
  // cancels them, and waits until their handlers have answered. Call it while what the handlers
  // need still runs. Calling it again does nothing.
  void Drain(absl::Duration grace);

  int in_flight() const;

 private:
  struct Running;
  RpcServerOptions options_;
  std::vector<RpcService> services_;
  std::unique_ptr<Running> running_;
};

}  // namespace redress
