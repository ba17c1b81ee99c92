#include "libs/event_log/embedded/record_codec.h"

#include <utility>

namespace redress {
namespace {

constexpr char kVersion = 1;
constexpr char kHasKey = 1;
constexpr char kHasValue = 2;
// Version, flags, timestamp.
constexpr size_t kFixedBytes = 10;

void PutBigEndian(uint64_t number, int bytes, std::string* out) {
  for (int i = bytes - 1; i >= 0; --i) out->push_back(static_cast<char>(number >> (8 * i)));
}

uint64_t GetBigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

void PutVarint(uint64_t number, std::string* out) {
  while (number >= 0x80) {
    out->push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out->push_back(static_cast<char>(number));
}

void PutSized(std::string_view bytes, std::string* out) {
  PutVarint(bytes.size(), out);
  out->append(bytes);
}

bool GetVarint(std::string_view* in, uint64_t* number) {
  *number = 0;
  for (int shift = 0; shift < 35 && !in->empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(in->front());
    in->remove_prefix(1);
    *number |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool GetSized(std::string_view* in, std::string_view* bytes) {
  uint64_t size = 0;
  if (!GetVarint(in, &size) || size > in->size()) return false;
  *bytes = in->substr(0, size);
  in->remove_prefix(size);
  return true;
}

}  // namespace

void AppendRecordKey(TopicPartition source, Offset offset, std::string* key) {
  key->push_back(static_cast<char>(source.topic));
  PutBigEndian(static_cast<uint32_t>(source.partition.value()), 4, key);
  PutBigEndian(static_cast<uint64_t>(offset.value()), 8, key);
}

std::string RecordKey(TopicPartition source, Offset offset) {
  std::string key;
  key.reserve(kRecordKeyBytes);
  AppendRecordKey(source, offset, &key);
  return key;
}

std::optional<std::pair<TopicPartition, Offset>> ParseRecordKey(std::string_view key) {
  if (key.size() != kRecordKeyBytes || static_cast<uint8_t>(key[0]) >= kTopicCount)
    return std::nullopt;
  const TopicPartition source{static_cast<Topic>(key[0]),
                              Partition(static_cast<int32_t>(GetBigEndian(key.substr(1, 4))))};
  return std::make_pair(source, Offset(static_cast<int64_t>(GetBigEndian(key.substr(5)))));
}

std::string EncodeRecord(const Record& record) {
  std::string bytes;
  bytes.reserve(kFixedBytes + RecordBytes(record) + 8 * (record.headers.size() + 1));
  bytes.push_back(kVersion);
  bytes.push_back(static_cast<char>((record.key ? kHasKey : 0) | (record.value ? kHasValue : 0)));
  PutBigEndian(static_cast<uint64_t>(record.timestamp_ms), 8, &bytes);
  if (record.key) PutSized(*record.key, &bytes);
  PutVarint(record.headers.size(), &bytes);
  for (const RecordHeader& header : record.headers) {
    PutSized(header.name, &bytes);
    PutSized(header.value, &bytes);
  }
  if (record.value) bytes += *record.value;
  return bytes;
}

absl::Status DecodeRecord(std::string_view bytes, HeaderArena* headers, RecordView* view) {
  const auto damaged = [](const char* what) {
    return absl::DataLossError(std::string("a record of the embedded log is damaged: ") + what);
  };
  if (bytes.size() < kFixedBytes) return damaged("too short");
  if (bytes[0] != kVersion) return damaged("unknown version");
  const char flags = bytes[1];
  view->timestamp_ms = static_cast<int64_t>(GetBigEndian(bytes.substr(2, 8)));
  bytes.remove_prefix(kFixedBytes);
  view->key.reset();
  if ((flags & kHasKey) != 0) {
    std::string_view key;
    if (!GetSized(&bytes, &key)) return damaged("key");
    view->key = key;
  }
  uint64_t count = 0;
  // A header takes two bytes at least.
  if (!GetVarint(&bytes, &count) || count > bytes.size() / 2) return damaged("header count");
  const std::span<HeaderView> taken = headers->Take(count);
  for (auto& [name, value] : taken) {
    if (!GetSized(&bytes, &name) || !GetSized(&bytes, &value)) return damaged("header");
  }
  view->headers = taken;
  view->value.reset();
  if ((flags & kHasValue) != 0) {
    view->value = bytes;
  } else if (!bytes.empty()) {
    return damaged("bytes after the end");
  }
  return absl::OkStatus();
}

}  // namespace redress
