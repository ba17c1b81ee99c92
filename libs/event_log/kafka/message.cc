#include "libs/event_log/kafka/message.h"

namespace redress {

RecordView KafkaRecordView(const rd_kafka_message_t& message, Topic topic, HeaderArena* headers) {
  RecordView view;
  view.source = {topic, Partition(message.partition)};
  view.offset = Offset(message.offset);
  if (message.key != nullptr)
    view.key.emplace(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr)
    view.value.emplace(static_cast<const char*>(message.payload), message.len);
  view.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  rd_kafka_headers_t* found = nullptr;
  if (rd_kafka_message_headers(&message, &found) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::span<HeaderView> views = headers->Take(rd_kafka_header_cnt(found));
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    size_t count = 0;
    for (; count < views.size(); ++count) {
      if (rd_kafka_header_get_all(found, count, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        break;
      if (value == nullptr) size = 0;
      views[count] = {name, std::string_view(static_cast<const char*>(value), size)};
    }
    view.headers = views.first(count);
  }
  return view;
}

}  // namespace redress
