// The payload types that this release knows, read from the options in their protos: number,
// footprint, companion. A release that does not find a type (or knows only a lower schema version)
// marks the stream "newer than me". Immutable after start; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/domain/aspects.h"
#include "redress/event/v1/options.pb.h"

namespace redress {

struct PayloadInfo {
  uint32_t number = 0;
  uint32_t schema_version = 0;
  // Short message name, e.g. "ComplaintReceived".
  std::string name;
  event::v1::Opens opens = event::v1::NEVER;
  AspectSet reads;
  AspectSet writes;
  // Companion in `redress.personal.v1`, or empty.
  std::string sealed;
  bool directory = false;
  bool record_only = false;

  struct PartField {
    const google::protobuf::FieldDescriptor* field = nullptr;
    AspectSet reads;
    AspectSet writes;
  };
  std::vector<PartField> parts;
  const google::protobuf::Message* prototype = nullptr;
};

// The type, or null when this release does not know it.
const PayloadInfo* FindPayload(uint32_t number);
// The type of a payload message; it must be one.
const PayloadInfo& PayloadOf(const google::protobuf::Message& payload);
const PayloadInfo& PayloadOf(const google::protobuf::Descriptor* descriptor);
template <typename P>
const PayloadInfo& PayloadOf() {
  static const PayloadInfo& info = PayloadOf(P::descriptor());
  return info;
}
// All known types in the order of their numbers.
std::vector<const PayloadInfo*> AllPayloads();

// Declared writes of the type plus those of the parts that are present.
AspectSet WritesOf(const google::protobuf::Message& payload);
// Upper bound of reads of the type and all its parts.
AspectSet MaximalReads(const PayloadInfo& info);

// Adds the types of one more file, or later schema versions of known types without parts; before
// any thread starts. For builds of another age in tests.
void RegisterPayloads(const google::protobuf::FileDescriptor* file);

}  // namespace redress
