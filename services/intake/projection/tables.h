// The rows that intake keeps beside heads and states: history, look-ups, older request ids, inbound
// items not yet taken in. Layout: docs/formats/projection.md. Private and rebuildable: a change is
// a rebuild. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/ids.h"
#include "libs/domain/verdict.h"
#include "libs/event_log/event_log.h"
#include "libs/projection/row_key.h"

namespace redress::intake {

// Keyed hash of (account, source message key) or (source, row key): names an item without telling
// it.
using ItemId = Id16<struct ItemIdTag>;
// Keyed hash of (account, thread key).
using ThreadToken = Id16<struct ThreadTokenTag>;

ItemId ItemOf(std::string_view secret, std::string_view account,
              std::string_view source_message_key);
ItemId ItemOfSource(std::string_view secret, std::string_view source, std::string_view row_key);
ThreadToken ThreadOf(std::string_view secret, std::string_view account,
                     std::string_view thread_key);
// Complaint id of a new thread (`events.md` 4.1).
ComplaintId ComplaintOfThread(std::string_view secret, std::string_view account,
                              std::string_view thread_key);

// History: one row per event of a complaint, void ones included.
struct HistoryRow {
  Verdict verdict = Verdict::kEffective;
  // Version after the event when effective, else of the head it met.
  Version version;
  Ordinal ordinal;
  // Newest recorded time of the partition up to and including this record: what as-of compares
  // with.
  int64_t running_max_us = 0;
  // The record's value.
  std::string event;

  // With `record` as the record's value, which is long and need not be copied first.
  std::string Encode(std::string_view record) const;
  static std::optional<HistoryRow> Decode(std::string_view bytes);
};
std::string HistoryKey(const RowNumber& row, Offset offset);
std::string HistoryPrefix(const RowNumber& row);
Offset HistoryOffset(std::string_view key);

// What became of a source item.
struct ItemRow {
  // None: screened.
  ComplaintId complaint;
  // `InboundScreened.Reason` when screened.
  uint8_t reason = 0;
  std::string detail;

  std::string Encode() const;
  static std::optional<ItemRow> Decode(std::string_view bytes);
};
std::string ItemKey(const ItemId& item);

// An inbound item that is not yet taken in.
struct PendingRow {
  Partition partition;
  Offset offset;
  // Conversation it belongs to: items of one are taken in one after the other.
  StreamId lane;
  // When it was folded first, µs: bounds the wait for look-ups.
  int64_t seen_us = 0;
  bool json = false;

  // Stored with the bytes of the item; decoded, `item` views them in `bytes`.
  std::string Encode(std::string_view item) const;
  static std::optional<PendingRow> Decode(std::string_view bytes, std::string_view* item);
};
std::string PendingKey(const ItemId& item);

std::string ThreadKey(const ThreadToken& token);
std::string TrackingKey(std::string_view code, const ComplaintId& complaint);
std::string TrackingPrefix(std::string_view code);
ComplaintId TrackingComplaint(std::string_view key);
// By time of receipt, newest last.
std::string ReceivedKey(int64_t received_us, const ComplaintId& complaint);
std::string ReceivedPrefix();
ComplaintId ReceivedComplaint(std::string_view key);
// Request ids that left the window, 64 to a row; of a complaint or of a directory entity.
std::string OlderRequestsKey(Topic topic, const RowNumber& row, uint64_t chunk);
std::string EncodeClosed(const ClosedRequest& closed);
std::vector<ClosedRequest> DecodeClosed(std::string_view bytes);
inline constexpr size_t kClosedPerRow = 64;
// The payload of a CommandRefused of a directory entity: what a repeated request is answered with.
std::string DirectoryRefusalKey(const RowNumber& row, Offset offset);
// A dead letter points to this record. No value.
std::string PointedToKey(TopicPartition source, Offset offset);
// Newest recorded time per partition.
std::string RunningMaxKey(Partition partition);

}  // namespace redress::intake
