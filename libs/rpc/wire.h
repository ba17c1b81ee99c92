// Between our types and gRPC's: statuses, messages. Only this room's .cc files include it. Value
// functions.
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace redress {

// Code, message and all payloads (as google.rpc.Status in the trailer `grpc-status-details-bin`).
// Clients refuse trailers beyond 8 KiB, so a long message is cut and of many field violations the
// first are kept, with a last one that counts the rest.
grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status FromGrpcStatus(const grpc::Status& status);

// INVALID_ARGUMENT, naming the field when the cause is text that is not UTF-8 (reason
// INVALID_FIELD), else reason MALFORMED. RESOURCE_EXHAUSTED, reason TOO_LARGE, beyond `max_bytes`.
absl::Status ParseMessage(const grpc::ByteBuffer& bytes, size_t max_bytes,
                          google::protobuf::Message* message);
// RESOURCE_EXHAUSTED, reason TOO_LARGE, beyond `max_bytes`; INTERNAL when it cannot be serialised.
absl::Status SerializeMessage(const google::protobuf::Message& message, size_t max_bytes,
                              grpc::ByteBuffer* bytes);

}  // namespace redress
