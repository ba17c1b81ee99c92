// From a decision to a record on the log: envelope, key, CloudEvents headers (architecture §2).
// Pure.
#pragma once

#include "libs/event_log/event_log.h"
#include "redress/event/v1/record.pb.h"

namespace redress {

// The record of an event of a complaint or directory entity: key = stream id, value = the event.
Record RecordOf(const event::v1::Event& event);

// Where the event belongs.
TopicPartition PlaceOf(const event::v1::Event& event, const EventLog& log);

}  // namespace redress
