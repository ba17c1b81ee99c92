#include "libs/runtime/decoded_event.h"

namespace redress {
namespace {

google::protobuf::ArenaOptions StartingWith(char* block, size_t bytes) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = bytes;
  return options;
}

}  // namespace

DecodedEvent::DecodedEvent(std::string_view value)
    : arena_(StartingWith(block_, kBlockBytes)),
      event_(google::protobuf::Arena::CreateMessage<event::v1::Event>(&arena_)) {
  if (!event_->ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
  header_ = ReadHeader(event_->header());
  if (!header_) return;
  info_ = FindPayload(event_->type());
  if (!known()) return;
  google::protobuf::Message* payload = info_->prototype->New(&arena_);
  if (payload->ParseFromString(event_->payload())) payload_ = payload;
}

std::shared_ptr<const DecodedEvent> DecodedEvent::Decode(std::string_view value) {
  return std::make_shared<DecodedEvent>(value);
}

std::shared_ptr<const DecodedEvent> DecodedEvent::Of(const RecordView& record) {
  const auto decode = [&] { return Decode(record.value.value_or("")); };
  return record.shared != nullptr ? record.shared->Get<DecodedEvent>(decode) : decode();
}

void DecodedEvent::Ahead(const RecordView& record) {
  const Topic topic = record.source.topic;
  if (topic == Topic::kComplaints || topic == Topic::kDirectory) Of(record);
}

}  // namespace redress
