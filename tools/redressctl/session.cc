#include "tools/redressctl/session.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/ids.h"
#include "libs/base/random.h"
#include "libs/errors/errors.h"

namespace redress::ctl {

RpcChannel& Session::channel() {
  if (channel_ == nullptr) {
    channel_ = std::make_unique<RpcChannel>(RpcChannelOptions{
        .target = server, .token = token, .deadline = absl::Seconds(timeout_seconds)});
  }
  return *channel_;
}

std::string Session::FullName(const std::string& method) {
  return method.rfind("redress.", 0) == 0 ? method : "redress.intake.v1." + method;
}

absl::StatusOr<std::unique_ptr<RpcStream>> Session::OpenStream(
    const std::string& method, const google::protobuf::Message& request) {
  if (!channel().WaitForConnected(absl::Seconds(timeout_seconds)))
    return absl::UnavailableError(absl::StrCat("no connection within ", timeout_seconds, " s"));
  return channel().OpenStream(FullName(method), request);
}

void Session::PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto printed = google::protobuf::util::MessageToJsonString(message, &text, options);
  out_ << (printed.ok() ? text : "{}") << std::endl;
}

int Session::Fail(const absl::Status& status) {
  const int code = ExitCodeOf(status);
  err_ << style_.Paint(Colour::kRed, DescribeError(status)) << "\n";
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status))
    err_ << "Is the suite serving at " << server << "? (--server, REDRESS_SERVER)\n";
  return code;
}

std::string NewRequestId() {
  SystemRandom random;
  return absl::StrCat("ctl-", absl::Hex(random.Next(), absl::kZeroPad16),
                      absl::Hex(random.Next(), absl::kZeroPad16));
}

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return kUnavailable;
    default:
      return kRefused;
  }
}

}  // namespace redress::ctl
