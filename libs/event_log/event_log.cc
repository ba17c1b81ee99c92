#include "libs/event_log/event_log.h"

#include "libs/base/check.h"
#include "libs/base/hash.h"

namespace redress {
namespace {

constexpr std::string_view kTopicNames[kTopicCount] = {
    "redress.complaints.v1", "redress.inbound.v1", "redress.directory.v1",
    "redress.keys.v1",       "redress.audit.v1",   "redress.deadletter.v1"};

constexpr std::string_view kOwnershipNames[kOwnershipKindCount] = {
    "intake", "classifier", "sla-timer", "take-in", "router", "analytics"};

}  // namespace

std::string_view TopicName(Topic topic) { return kTopicNames[static_cast<int>(topic)]; }

std::optional<Topic> TopicFromName(std::string_view name) {
  for (int i = 0; i < kTopicCount; ++i) {
    if (kTopicNames[i] == name) return static_cast<Topic>(i);
  }
  return std::nullopt;
}

bool TopicIsTrimmed(Topic topic) { return topic == Topic::kInbound || topic == Topic::kDeadLetter; }

std::string_view OwnershipKindName(OwnershipKind kind) {
  return kOwnershipNames[static_cast<int>(kind)];
}

Partition PartitionOf(const StreamId& stream, int32_t partitions) {
  REDRESS_CHECK(partitions > 0);
  return Partition(static_cast<int32_t>(stream.Prefix64() % static_cast<uint64_t>(partitions)));
}

std::optional<std::string_view> RecordView::Header(std::string_view name) const {
  for (auto it = headers.rbegin(); it != headers.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return std::nullopt;
}

size_t RecordBytes(const Record& record) {
  size_t bytes = (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  for (const RecordHeader& header : record.headers)
    bytes += header.name.size() + header.value.size();
  return bytes;
}

bool IsGenesis(const RecordView& record) {
  return !record.key && record.headers.size() == 1 && record.headers[0].first == kGenesisHeader;
}

uint64_t RecordHash(const RecordView& record) {
  std::string bytes;
  const auto add = [&](std::string_view part) { AppendLengthPrefixed(part, &bytes); };
  bytes += record.key ? '\1' : '\0';
  add(record.key.value_or(""));
  bytes += record.value ? '\1' : '\0';
  add(record.value.value_or(""));
  for (const auto& [name, value] : record.headers) {
    add(name);
    add(value);
  }
  const auto digest = Sha256(bytes);
  uint64_t hash = 0;
  for (int i = 0; i < 8; ++i) hash = hash << 8 | digest[i];
  return hash;
}

}  // namespace redress
