#include "libs/runtime/event_append.h"

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/time.h"
#include "libs/domain/payloads.h"

namespace redress {

Record RecordOf(const event::v1::Event& event) {
  const event::v1::Header& header = event.header();
  const PayloadInfo* info = FindPayload(event.type());
  REDRESS_CHECK(info != nullptr);
  Record record;
  record.key = header.stream_id();
  record.value = event.SerializeAsString();
  record.timestamp_ms = header.recorded_at_us() / 1000;
  record.headers = {
      {"ce_specversion", "1.0"},
      {"ce_id", EventId::FromBytesOrNone(header.event_id()).ToHex()},
      {"ce_source", absl::StrCat("/redress/", header.actor().id())},
      {"ce_type", absl::StrCat("redress.event.v1.", info->name)},
      {"ce_time", Rfc3339(header.recorded_at_us())},
      {"ce_subject", StreamId::FromBytesOrNone(header.stream_id()).ToHex()},
      {"content-type", "application/protobuf"},
  };
  return record;
}

TopicPartition PlaceOf(const event::v1::Event& event, const EventLog& log) {
  const PayloadInfo* info = FindPayload(event.type());
  REDRESS_CHECK(info != nullptr);
  const Topic topic = info->directory ? Topic::kDirectory : Topic::kComplaints;
  return {topic, PartitionOf(StreamId::FromBytesOrNone(event.header().stream_id()),
                             log.PartitionCount(topic))};
}

}  // namespace redress
