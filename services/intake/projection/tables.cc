#include "services/intake/projection/tables.h"

#include "libs/base/hash.h"

namespace redress::intake {
namespace {

constexpr char kHistory = 'H';
constexpr char kItem = 'I';
constexpr char kPending = 'B';
constexpr char kThread = 'C';
constexpr char kTracking = 'T';
constexpr char kReceived = 'L';
constexpr char kOlderRequests = 'O';
constexpr char kOlderDirectoryRequests = 'Q';
constexpr char kDirectoryRefusal = 'F';
constexpr char kRunningMax = 'R';
constexpr char kPointedTo = 'E';
constexpr size_t kClosedBytes = 16 + 16 + 16 + 8 + 1;

}  // namespace

ItemId ItemOf(std::string_view secret, std::string_view account,
              std::string_view source_message_key) {
  return KeyedId<ItemId>(secret, {"item", account, source_message_key});
}

ItemId ItemOfSource(std::string_view secret, std::string_view source, std::string_view row_key) {
  return KeyedId<ItemId>(secret, {"source", source, row_key});
}

ThreadToken ThreadOf(std::string_view secret, std::string_view account,
                     std::string_view thread_key) {
  return KeyedId<ThreadToken>(secret, {"thread", account, thread_key});
}

ComplaintId ComplaintOfThread(std::string_view secret, std::string_view account,
                              std::string_view thread_key) {
  return KeyedId<ComplaintId>(secret, {"complaint-of-thread", account, thread_key});
}

// Values are read with the reader of keys, which passes over a first letter: it says nothing.
std::string HistoryRow::Encode(std::string_view record) const {
  RowKey fields('h');
  fields.Byte(static_cast<uint8_t>(verdict))
      .U64(version.value())
      .I64(ordinal.value())
      .I64(running_max_us);
  return fields.Bytes(record).str();
}

std::optional<HistoryRow> HistoryRow::Decode(std::string_view bytes) {
  RowKeyReader reader(bytes);
  HistoryRow row;
  row.verdict = static_cast<Verdict>(reader.Byte());
  row.version = Version(reader.U64());
  row.ordinal = Ordinal(reader.I64());
  row.running_max_us = reader.I64();
  if (!reader.ok()) return std::nullopt;
  row.event = std::string(reader.rest());
  return row;
}

std::string HistoryPrefix(const RowNumber& row) { return RowKey(kHistory).Row(row).str(); }

std::string HistoryKey(const RowNumber& row, Offset offset) {
  return RowKey(kHistory).Row(row).U64(static_cast<uint64_t>(offset.value())).str();
}

Offset HistoryOffset(std::string_view key) {
  RowKeyReader reader(key);
  reader.Row();
  return Offset(static_cast<int64_t>(reader.U64()));
}

std::string ItemRow::Encode() const {
  RowKey fields('i');
  fields.Id(complaint).Byte(reason);
  return fields.Bytes(detail).str();
}

std::optional<ItemRow> ItemRow::Decode(std::string_view bytes) {
  RowKeyReader reader(bytes);
  ItemRow row;
  row.complaint = reader.Id<ComplaintId>();
  row.reason = reader.Byte();
  if (!reader.ok()) return std::nullopt;
  row.detail = std::string(reader.rest());
  return row;
}

std::string ItemKey(const ItemId& item) { return RowKey(kItem).Id(item).str(); }

std::string PendingRow::Encode(std::string_view item) const {
  RowKey fields('b');
  fields.Row({partition, offset}).Id(lane).I64(seen_us).Byte(json ? 1 : 0);
  return fields.Bytes(item).str();
}

std::optional<PendingRow> PendingRow::Decode(std::string_view bytes, std::string_view* item) {
  RowKeyReader reader(bytes);
  const RowNumber place = reader.Row();
  PendingRow row;
  row.partition = place.partition;
  row.offset = place.offset;
  row.lane = reader.Id<StreamId>();
  row.seen_us = reader.I64();
  row.json = reader.Byte() != 0;
  if (!reader.ok()) return std::nullopt;
  *item = reader.rest();
  return row;
}

std::string PendingKey(const ItemId& item) { return RowKey(kPending).Id(item).str(); }

std::string ThreadKey(const ThreadToken& token) { return RowKey(kThread).Id(token).str(); }

std::string TrackingPrefix(std::string_view code) { return RowKey(kTracking).Bytes(code).str(); }

std::string TrackingKey(std::string_view code, const ComplaintId& complaint) {
  return RowKey(kTracking).Bytes(code).Id(complaint).str();
}

ComplaintId TrackingComplaint(std::string_view key) {
  return ComplaintId::FromBytesOrNone(
      key.substr(key.size() < ComplaintId::kSize ? 0 : key.size() - ComplaintId::kSize));
}

std::string ReceivedPrefix() { return std::string(1, kReceived); }

std::string ReceivedKey(int64_t received_us, const ComplaintId& complaint) {
  return RowKey(kReceived).I64(received_us).Id(complaint).str();
}

ComplaintId ReceivedComplaint(std::string_view key) {
  RowKeyReader reader(key);
  reader.I64();
  return reader.Id<ComplaintId>();
}

std::string OlderRequestsKey(Topic topic, const RowNumber& row, uint64_t chunk) {
  const char table = topic == Topic::kDirectory ? kOlderDirectoryRequests : kOlderRequests;
  return RowKey(table).Row(row).U32(static_cast<uint32_t>(chunk)).str();
}

std::string DirectoryRefusalKey(const RowNumber& row, Offset offset) {
  return RowKey(kDirectoryRefusal).Row(row).U64(static_cast<uint64_t>(offset.value())).str();
}

std::string EncodeClosed(const ClosedRequest& closed) {
  RowKey fields('o');
  fields.Id(closed.request).Id(closed.event).Id(closed.command_hash);
  fields.U64(static_cast<uint64_t>(closed.offset.value())).Byte(closed.refused ? 1 : 0);
  return fields.str().substr(1);
}

std::vector<ClosedRequest> DecodeClosed(std::string_view bytes) {
  std::vector<ClosedRequest> all;
  for (; bytes.size() >= kClosedBytes; bytes.remove_prefix(kClosedBytes)) {
    const std::string one = "o" + std::string(bytes.substr(0, kClosedBytes));
    RowKeyReader reader(one);
    ClosedRequest closed;
    closed.request = reader.Id<RequestId>();
    closed.event = reader.Id<EventId>();
    closed.command_hash = reader.Id<ContentHash>();
    closed.offset = Offset(static_cast<int64_t>(reader.U64()));
    closed.refused = reader.Byte() != 0;
    all.push_back(closed);
  }
  return all;
}

std::string PointedToKey(TopicPartition source, Offset offset) {
  return RowKey(kPointedTo)
      .Byte(static_cast<uint8_t>(source.topic))
      .Row({source.partition, offset})
      .str();
}

std::string RunningMaxKey(Partition partition) {
  return RowKey(kRunningMax).U32(static_cast<uint32_t>(partition.value())).str();
}

}  // namespace redress::intake
