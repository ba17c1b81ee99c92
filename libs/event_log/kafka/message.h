// A record as librdkafka delivers it, as a `RecordView`. Pure; the view points into the message.
#pragma once

#include <librdkafka/rdkafka.h>

#include "libs/event_log/event_log.h"

namespace redress {

// `message` carries a record, not an error. A header value that is null (foreign writers only) reads as empty.
RecordView KafkaRecordView(const rd_kafka_message_t& message, Topic topic);

}  // namespace redress
