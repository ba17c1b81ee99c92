// Bytes of one record in the embedded log: docs/formats/embedded_log.md. ON THE LOG: DO NOT CHANGE.
// Pure functions; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/header_arena.h"

namespace redress {

// Row key of a record: topic (1 byte), partition (4, big-endian), offset (8, big-endian).
inline constexpr size_t kRecordKeyBytes = 13;
std::string RecordKey(TopicPartition source, Offset offset);
// Appends the same to `key`.
void AppendRecordKey(TopicPartition source, Offset offset, std::string* key);
// Nothing unless `key` is a row key of a record.
std::optional<std::pair<TopicPartition, Offset>> ParseRecordKey(std::string_view key);

std::string EncodeRecord(const Record& record);

// Fills key, value, headers and time of `view` with views into `bytes`; the header views stand in
// `headers`. DATA_LOSS: the bytes are no record.
absl::Status DecodeRecord(std::string_view bytes, HeaderArena* headers, RecordView* view);

}  // namespace redress
