#include "services/intake/view/history_view.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "libs/api/proto_time.h"
#include "libs/domain/explanation.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::intake {
namespace {

using google::protobuf::Message;

// Any message as a Struct, by its JSON mapping.
void ToStruct(const Message& message, google::protobuf::Struct* out) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return;
  // What was printed is an object, so it parses.
  (void)google::protobuf::util::JsonStringToMessage(json, out);
}

// The `explained` of a payload, also where it stands inside its assessment; null: a person decided.
const event::v1::Explained* ExplainedOf(const Message& payload) {
  const auto* reflection = payload.GetReflection();
  for (const char* name : {"explained", "assessment"}) {
    const auto* field = payload.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->is_repeated() ||
        field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE ||
        !reflection->HasField(payload, field)) {
      continue;
    }
    const Message& inner = reflection->GetMessage(payload, field);
    if (inner.GetDescriptor() == event::v1::Explained::descriptor()) {
      return static_cast<const event::v1::Explained*>(&inner);
    }
    if (inner.GetDescriptor() == event::v1::Assessment::descriptor()) {
      const auto& assessment = static_cast<const event::v1::Assessment&>(inner);
      return assessment.has_explained() ? &assessment.explained() : nullptr;
    }
  }
  return nullptr;
}

void AddPersonal(const event::v1::Event& event, const PayloadInfo& info,
                 api::v1::HistoryEntry* entry) {
  if (info.sealed.empty() || event.sealed().empty()) return;
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          absl::StrCat("redress.personal.v1.", info.sealed));
  if (descriptor == nullptr) return;
  const std::unique_ptr<Message> companion(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  if (ReadPersonal(event, companion.get())) ToStruct(*companion, entry->mutable_personal());
}

void AddPayload(const HistoryStep& step, bool personal, const Directory& directory,
                api::v1::HistoryEntry* entry) {
  const auto& event = step.event;
  const PayloadInfo* info = FindPayload(event.type());
  std::unique_ptr<Message> payload;
  if (info != nullptr && event.header().schema_version() <= info->schema_version) {
    payload.reset(info->prototype->New());
    if (!payload->ParseFromString(event.payload())) payload.reset();
  }
  entry->set_type_name(info != nullptr ? info->name : absl::StrCat("type ", event.type()));
  if (payload == nullptr) {
    entry->set_newer_than_me(true);
    entry->set_summary("an event of a newer release");
    return;
  }
  entry->set_refused(payload->GetDescriptor() == event::v1::CommandRefused::descriptor());
  entry->set_summary(SummaryOf(*payload, directory));
  if (const auto* explained = ExplainedOf(*payload)) *entry->mutable_explained() = *explained;
  const auto* clocks =
      google::protobuf::DynamicCastToGenerated<event::v1::ClocksSet>(payload.get());
  if (clocks != nullptr) AddInputs(clocks->basis(), entry->mutable_explained());
  ToStruct(*payload, entry->mutable_payload());
  if (personal) AddPersonal(event, *info, entry);
}

std::string HexOrNothing(const std::string& id) {
  const EventId event = EventId::FromBytesOrNone(id);
  return event ? event.ToHex() : "";
}

}  // namespace

api::v1::Verdict VerdictOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kEffective:
      return api::v1::VERDICT_EFFECTIVE;
    case Verdict::kMalformed:
      return api::v1::VERDICT_MALFORMED;
    case Verdict::kDuplicate:
      return api::v1::VERDICT_DUPLICATE;
    case Verdict::kUnknown:
      return api::v1::VERDICT_UNKNOWN;
    case Verdict::kTooOld:
      return api::v1::VERDICT_TOO_OLD;
    case Verdict::kConflict:
      return api::v1::VERDICT_CONFLICT;
  }
  return api::v1::VERDICT_UNSPECIFIED;
}

api::v1::HistoryEntry ViewOfStep(const HistoryStep& step, bool personal,
                                 const Directory& directory) {
  api::v1::HistoryEntry entry;
  const auto& header = step.event.header();
  if (step.effective()) entry.set_version(step.row.version.value());
  entry.set_topic(std::string(TopicName(step.place.topic)));
  entry.set_partition(static_cast<uint32_t>(step.place.partition.value()));
  entry.set_offset(step.offset.value());
  entry.set_ordinal(step.row.ordinal.value());
  entry.set_event_id(HexOrNothing(header.event_id()));
  entry.set_type(step.event.type());
  entry.set_schema_version(header.schema_version());
  *entry.mutable_recorded_at() = ToTimestamp(header.recorded_at_us());
  *entry.mutable_occurred_at() = ToTimestamp(header.occurred_at_us());
  entry.mutable_actor()->set_kind(header.actor().kind());
  entry.mutable_actor()->set_id(header.actor().id());
  entry.mutable_actor()->set_role(header.actor().role());
  entry.mutable_actor()->set_on_behalf_of(header.actor().on_behalf_of());
  entry.set_verdict(VerdictOf(step.row.verdict));
  entry.set_policy(HexOrNothing(header.policy()));
  entry.set_causation_id(HexOrNothing(header.causation_id()));
  entry.set_correlation_id(HexOrNothing(header.correlation_id()));
  AddPayload(step, personal, directory, &entry);
  return entry;
}

}  // namespace redress::intake
