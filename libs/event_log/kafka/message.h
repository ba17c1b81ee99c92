// A record as librdkafka delivers it, as a `RecordView`. Pure; the view points into the message.
#pragma once

#include <librdkafka/rdkafka.h>

#include "libs/event_log/event_log.h"
#include "libs/event_log/header_arena.h"

namespace redress {

// `message` carries a record, not an error. A header value that is null (foreign writers only)
// reads as empty. The header views stand in `headers`.
RecordView KafkaRecordView(const rd_kafka_message_t& message, Topic topic, HeaderArena* headers);

}  // namespace redress
