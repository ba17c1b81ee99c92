#include "libs/domain/payloads.h"

#include <map>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "libs/base/check.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/inbound.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/ownership.pb.h"

namespace redress {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

AspectSet SetOf(const google::protobuf::RepeatedField<int>& aspects) {
  AspectSet set;
  for (int aspect : aspects) set.Add(static_cast<Aspect>(aspect));
  return set;
}

struct Registry {
  std::map<uint32_t, std::unique_ptr<PayloadInfo>> by_number;
  absl::flat_hash_map<const Descriptor*, const PayloadInfo*> by_descriptor;

  Registry() {
    Add(event::v1::ComplaintReceived::descriptor()->file());
    Add(event::v1::ComplaintAssessed::descriptor()->file());
    Add(event::v1::ComplaintAssigned::descriptor()->file());
    Add(event::v1::ComplaintResolved::descriptor()->file());
    Add(event::v1::ClocksSet::descriptor()->file());
    Add(event::v1::TeamDefined::descriptor()->file());
    Add(event::v1::InboundMessage::descriptor()->file());
  }

  void Add(const FileDescriptor* file) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* message = file->message_type(i);
      if (message->options().HasExtension(event::v1::payload_type)) AddType(message);
    }
  }

  void AddType(const Descriptor* message) {
    const event::v1::PayloadType& declared =
        message->options().GetExtension(event::v1::payload_type);
    if (auto known = by_number.find(declared.number()); known != by_number.end()) {
      // A later schema version: the class of today reads it and keeps the fields that it does not
      // have.
      REDRESS_CHECK(declared.schema_version() > known->second->schema_version &&
                    known->second->parts.empty());
      known->second->schema_version = declared.schema_version();
      by_descriptor[message] = known->second.get();
      return;
    }
    auto info = std::make_unique<PayloadInfo>();
    info->number = declared.number();
    info->schema_version = declared.schema_version();
    info->name = message->name();
    info->opens = declared.opens();
    info->reads = SetOf(declared.reads());
    info->writes = declared.writes_all() ? AspectSet::All() : SetOf(declared.writes());
    info->sealed = declared.sealed();
    info->directory = declared.directory();
    info->record_only = declared.record_only();
    info->prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(message);
    for (int i = 0; i < message->field_count(); ++i) {
      const auto* field = message->field(i);
      if (!field->options().HasExtension(event::v1::part)) continue;
      const event::v1::Part& part = field->options().GetExtension(event::v1::part);
      info->parts.push_back({field, SetOf(part.reads()), SetOf(part.writes())});
    }
    const PayloadInfo* added = info.get();
    by_descriptor[message] = added;
    REDRESS_CHECK(by_number.try_emplace(added->number, std::move(info)).second);
  }
};

Registry& TheRegistry() {
  static Registry& registry = *new Registry();
  return registry;
}

}  // namespace

const PayloadInfo* FindPayload(uint32_t number) {
  const auto& types = TheRegistry().by_number;
  auto it = types.find(number);
  return it == types.end() ? nullptr : it->second.get();
}

const PayloadInfo& PayloadOf(const Descriptor* descriptor) {
  const auto& types = TheRegistry().by_descriptor;
  auto it = types.find(descriptor);
  REDRESS_CHECK(it != types.end());
  return *it->second;
}

const PayloadInfo& PayloadOf(const google::protobuf::Message& payload) {
  return PayloadOf(payload.GetDescriptor());
}

std::vector<const PayloadInfo*> AllPayloads() {
  std::vector<const PayloadInfo*> all;
  for (const auto& [number, info] : TheRegistry().by_number) all.push_back(info.get());
  return all;
}

AspectSet WritesOf(const google::protobuf::Message& payload) {
  const PayloadInfo& info = PayloadOf(payload);
  AspectSet writes = info.writes;
  const auto* reflection = payload.GetReflection();
  for (const auto& part : info.parts) {
    const bool present = part.field->is_repeated() ? reflection->FieldSize(payload, part.field) > 0
                                                   : reflection->HasField(payload, part.field);
    if (present) writes = writes | part.writes;
  }
  return writes;
}

AspectSet MaximalReads(const PayloadInfo& info) {
  AspectSet reads = info.reads;
  for (const auto& part : info.parts) reads = reads | part.reads;
  return reads;
}

void RegisterPayloads(const FileDescriptor* file) { TheRegistry().Add(file); }

}  // namespace redress
