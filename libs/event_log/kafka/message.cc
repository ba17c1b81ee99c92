#include "libs/event_log/kafka/message.h"

namespace redress {

RecordView KafkaRecordView(const rd_kafka_message_t& message, Topic topic) {
  RecordView view;
  view.source = {topic, Partition(message.partition)};
  view.offset = Offset(message.offset);
  if (message.key != nullptr) view.key.emplace(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr) view.value.emplace(static_cast<const char*>(message.payload), message.len);
  view.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    view.headers.reserve(rd_kafka_header_cnt(headers));
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    const size_t count = rd_kafka_header_cnt(headers);
    for (size_t i = 0; i < count; ++i) {
      if (rd_kafka_header_get_all(headers, i, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (value == nullptr) size = 0;
      view.headers.emplace_back(name, std::string_view(static_cast<const char*>(value), size));
    }
  }
  return view;
}

}  // namespace redress
