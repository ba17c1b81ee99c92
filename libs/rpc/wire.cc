#include "libs/rpc/wire.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/proto_buffer_writer.h"
#include "libs/base/utf8.h"
#include "libs/errors/errors.h"
#include "libs/rpc/invalid_text.h"

namespace redress {
namespace {

// The message travels twice (once percent-encoded, once inside the details, in base 64).
constexpr size_t kMaxMessageBytes = 1024;
constexpr size_t kMaxDetailBytes = 3072;

absl::Status TooLarge(std::string_view what, size_t size, size_t limit) {
  return MakeError(absl::StatusCode::kResourceExhausted, reason::kTooLarge,
                   absl::StrCat("the ", std::string(what), " has ", size, " bytes, at most ", limit,
                                " are allowed"),
                   {{"limit_bytes", std::to_string(limit)}});
}

// Keeps as many violations as fit.
void ShortenViolations(google::protobuf::Any* detail) {
  google::rpc::BadRequest bad;
  if (!detail->UnpackTo(&bad)) return;
  const int all = bad.field_violations_size();
  while (bad.field_violations_size() > 0 && bad.ByteSizeLong() > kMaxDetailBytes) {
    bad.mutable_field_violations()->RemoveLast();
  }
  const int left_out = all - bad.field_violations_size();
  if (left_out == 0) return;
  auto* last = bad.add_field_violations();
  last->set_field("...");
  last->set_description(absl::StrCat("and ", left_out, " more"));
  detail->PackFrom(bad);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message(Utf8Prefix(
      ReplaceInvalidUtf8(std::string_view(status.message().data(), status.message().size())),
      kMaxMessageBytes));
  const auto code = static_cast<grpc::StatusCode>(status.code());
  google::rpc::Status details;
  status.ForEachPayload([&details](absl::string_view type_url, const absl::Cord& payload) {
    auto* detail = details.add_details();
    detail->set_type_url(std::string(type_url));
    detail->set_value(std::string(payload));
    if (detail->value().size() > kMaxDetailBytes) ShortenViolations(detail);
  });
  if (details.details().empty()) return grpc::Status(code, message);
  details.set_code(static_cast<int32_t>(status.code()));
  details.set_message(message);
  return grpc::Status(code, message, details.SerializeAsString());
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details())
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

absl::Status ParseMessage(const grpc::ByteBuffer& bytes, size_t max_bytes,
                          google::protobuf::Message* message) {
  if (!bytes.Valid()) {
    return MakeError(absl::StatusCode::kInvalidArgument, reason::kMalformed,
                     "the call came without a message");
  }
  if (bytes.Length() > max_bytes) return TooLarge("request", bytes.Length(), max_bytes);
  // The reader does not own or change the buffer; gRPC's interface merely lacks the const.
  grpc::ByteBuffer copy(bytes);
  {
    grpc::ProtoBufferReader reader(&copy);
    if (message->ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  }
  grpc::Slice whole;
  if (copy.DumpToSingleSlice(&whole).ok()) {
    const std::string_view text(reinterpret_cast<const char*>(whole.begin()), whole.size());
    if (const auto field = InvalidTextField(*message->GetDescriptor(), text)) {
      return InvalidField(*field, "is not valid UTF-8");
    }
  }
  return MakeError(absl::StatusCode::kInvalidArgument, reason::kMalformed,
                   absl::StrCat("the bytes are not a ", message->GetDescriptor()->full_name()));
}

absl::Status SerializeMessage(const google::protobuf::Message& message, size_t max_bytes,
                              grpc::ByteBuffer* bytes) {
  const size_t size = message.ByteSizeLong();
  if (size > max_bytes) return TooLarge("answer", size, max_bytes);
  bool own = false;
  const grpc::Status status =
      grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::Message>(message, bytes,
                                                                                 &own);
  return FromGrpcStatus(status);
}

}  // namespace redress
