#include "libs/domain/decision.h"

#include "libs/base/check.h"
#include "libs/domain/payloads.h"

namespace redress {

std::string_view RefusalName(event::v1::CommandRefused::Code code) {
  return event::v1::CommandRefused::Code_Name(code);
}

event::v1::Event BuildEvent(const EventOrigin& origin, const EventDraft& draft) {
  REDRESS_CHECK(draft.payload != nullptr);
  const PayloadInfo& info = PayloadOf(*draft.payload);
  REDRESS_CHECK(draft.personal.empty() || !info.sealed.empty());
  event::v1::Event event;
  event::v1::Header* header = event.mutable_header();
  header->set_event_id(origin.event_id.ToBytes());
  header->set_stream_id(origin.stream.ToBytes());
  header->set_opens(origin.opens);
  header->set_request_id(origin.request.ToBytes());
  header->set_seen(origin.opens ? 0 : origin.seen.value());
  header->set_reads(origin.opens ? 0 : origin.reads.mask());
  header->set_writes(origin.opens ? AspectSet::All().mask() : WritesOf(*draft.payload).mask());
  header->set_schema_version(info.schema_version);
  header->set_recorded_at_us(origin.recorded_at_us);
  header->set_occurred_at_us(draft.occurred_at_us != 0 ? draft.occurred_at_us
                                                       : origin.recorded_at_us);
  *header->mutable_actor() = origin.actor;
  if (origin.causation) header->set_causation_id(origin.causation.ToBytes());
  header->set_correlation_id(origin.correlation ? origin.correlation.ToBytes()
                                                : origin.event_id.ToBytes());
  header->set_causation_depth(origin.causation_depth);
  if (origin.command_hash) header->set_command_hash(origin.command_hash.ToBytes());
  if (origin.policy) header->set_policy(origin.policy.ToBytes());
  header->set_origin(origin.origin);
  header->set_more_follows(draft.more_follows);
  event.set_type(info.number);
  draft.payload->SerializeToString(event.mutable_payload());
  if (!draft.personal.empty()) event.add_sealed()->set_ciphertext(draft.personal);
  return event;
}

EventDraft RefusalDraft(uint32_t command_type, const Refusal& refusal) {
  event::v1::CommandRefused refused;
  refused.set_command(command_type);
  refused.set_code(refusal.code);
  for (const auto& [name, value] : refusal.facts) {
    auto* detail = refused.add_details();
    detail->set_name(name);
    detail->set_value(value);
  }
  return EventDraft::Of(std::move(refused));
}

}  // namespace redress
