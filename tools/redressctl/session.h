// What every command of redressctl works with: flags that hold for all, the connection, where
// output goes.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "libs/rpc/channel.h"
#include "tools/terminal/table.h"

namespace redress::ctl {

// Exit codes; --help lists them.
inline constexpr int kOk = 0;
inline constexpr int kRefused = 1;
inline constexpr int kUsage = 2;
inline constexpr int kUnavailable = 3;

class Session {
 public:
  // Set by flags.
  std::string server = "127.0.0.1:7420";
  std::string token;
  bool json = false;
  double timeout_seconds = 30;

  Session(std::ostream& out, std::ostream& err, TerminalStyle style)
      : out_(out), err_(err), style_(style) {}

  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }
  const TerminalStyle& style() const { return style_; }

  // "Service/Method" of redress.intake.v1, or a full name with its package.
  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method,
                                const google::protobuf::Message& request) {
    return channel().Call<Response>(FullName(method), request);
  }
  // UNAVAILABLE when no connection stands within the time that a call may take; once it is open a
  // stream may take as long as it likes.
  absl::StatusOr<std::unique_ptr<RpcStream>> OpenStream(const std::string& method,
                                                        const google::protobuf::Message& request);

  // The message as one line of JSON, with the field names of the contract.
  void PrintJson(const google::protobuf::Message& message);
  // Tells the error and answers the exit code for it.
  int Fail(const absl::Status& status);

 private:
  // Connects at the first call.
  RpcChannel& channel();
  static std::string FullName(const std::string& method);

  std::ostream& out_;
  std::ostream& err_;
  const TerminalStyle style_;
  std::unique_ptr<RpcChannel> channel_;
};

// A key for a command whose caller named none: unique to this call.
std::string NewRequestId();

// 0 for OK, 3 when the server could not be reached or was too busy to say, else 1.
int ExitCodeOf(const absl::Status& status);

}  // namespace redress::ctl
