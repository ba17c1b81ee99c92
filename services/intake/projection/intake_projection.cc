#include "services/intake/projection/intake_projection.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "redress/event/v1/intake.pb.h"
#include "services/intake/inbound/inbound_item.h"

namespace redress::intake {

namespace {

// Young items together take some 16 MiB at most; larger ones are read back.
constexpr size_t kMostYoungItems = 1024;
constexpr size_t kMostYoungItemBytes = 16 << 10;

}  // namespace

WorkItem TakeInItem(WorkKind kind, const ItemId& item, const PendingRow& row) {
  WorkItem work;
  work.kind = kind;
  work.stream = row.lane;
  // Arrival order within the partition; the item follows, so that its row is found again.
  work.order = row.offset.value();
  work.subject = item.ToBytes();
  work.cause = EventId::FromBytesOrNone(item.bytes());
  work.unit = row.partition;
  return work;
}

ItemId ItemOfWork(const WorkItem& item) { return ItemId::FromBytesOrNone(item.subject); }

WorkItem DeadLetterItem(const UnreadableRecord& record) {
  WorkItem work;
  work.kind = kDeadLetter;
  work.subject = RowKey('d')
                     .Byte(static_cast<uint8_t>(record.source.topic))
                     .Row({record.source.partition, record.offset})
                     .Id(record.bytes)
                     .str();
  work.stream = HashedId<StreamId>({"dead-letter", work.subject});
  work.order = record.offset.value();
  work.cause = EventId::FromBytesOrNone(work.stream.bytes());
  work.unit = record.source.partition;
  return work;
}

UnreadableRecord UnreadableOf(const WorkItem& item) {
  RowKeyReader reader(item.subject);
  const auto topic = static_cast<Topic>(reader.Byte());
  const RowNumber place = reader.Row();
  return {{topic, place.partition}, place.offset, reader.Id<ContentHash>()};
}

std::vector<Topic> IntakeProjection::topics() const {
  return {Topic::kDirectory, Topic::kComplaints, Topic::kInbound, Topic::kDeadLetter};
}

std::vector<Topic> IntakeProjection::supply() const { return {Topic::kInbound}; }

absl::Status IntakeProjection::Start(const ProjectionStore& store) {
  store_ = &store;
  return directory_->Load(store);
}

absl::Status IntakeProjection::OnDirectory(const JudgedRecord& record, const EntityRow& row,
                                           Rows rows) {
  if (!record.effective()) return absl::OkStatus();
  if (record.event.type() == PayloadOf<event::v1::CommandRefused>().number) {
    rows.overlay.PutNew(DirectoryRefusalKey(row.row, record.record.offset), record.event.payload());
  } else {
    directory_->Apply(row);
  }
  return KeepOlderRequest(record, row, rows);
}

int64_t IntakeProjection::RunningMax(Partition partition, int64_t recorded_us, Rows rows) {
  auto [it, first] = running_max_.try_emplace(partition, 0);
  if (first) {
    const auto stored = rows.overlay.Get(RunningMaxKey(partition));
    if (stored.ok() && stored->has_value()) it->second = RowKeyReader("r" + **stored).I64();
  }
  if (recorded_us > it->second) {
    it->second = recorded_us;
    rows.overlay.Put(RunningMaxKey(partition), RowKey('r').I64(recorded_us).str().substr(1));
  }
  return it->second;
}

absl::Status IntakeProjection::OnComplaint(const JudgedRecord& record, const ComplaintRow& row,
                                           Rows rows) {
  HistoryRow history;
  history.running_max_us =
      RunningMax(record.record.source.partition, record.event.header().recorded_at_us(), rows);
  if (!row.head.exists()) return absl::OkStatus();
  history.verdict = record.verdict;
  history.version = row.head.version();
  history.ordinal = record.ordinal;
  rows.overlay.PutNew(HistoryKey(row.row, record.record.offset),
                      history.Encode(record.record.value.value_or("")));
  if (!record.effective()) return absl::OkStatus();
  REDRESS_RETURN_IF_ERROR(KeepOlderRequest(record, row, rows));
  if (record.header.opens) {
    REDRESS_RETURN_IF_ERROR(IndexOpening(record, row, rows));
    pace_.Opened(row.id, clock_->Now());
  } else {
    pace_.Changed(row.id, row.state);
  }
  if (const auto* added = record.As<event::v1::MessageAdded>()) {
    if (added->has_thread()) {
      rows.overlay.Put(ThreadKey(ThreadToken::FromBytesOrNone(added->thread().token())),
                       row.id.ToBytes());
    }
    REDRESS_RETURN_IF_ERROR(CloseItem(added->source_item(), {.complaint = row.id}, rows));
  }
  if (observer_ != nullptr) observer_->OnEvent(record, row);
  return absl::OkStatus();
}

absl::Status IntakeProjection::IndexOpening(const JudgedRecord& record, const ComplaintRow& row,
                                            Rows rows) {
  const auto* received = record.As<event::v1::ComplaintReceived>();
  if (received == nullptr) return absl::OkStatus();
  rows.overlay.PutNew(ReceivedKey(received->received_at_us(), row.id), "");
  rows.overlay.PutNew(TrackingKey(received->tracking_code(), row.id), "");
  if (const auto token = ThreadToken::FromBytesOrNone(received->thread_token())) {
    rows.overlay.Put(ThreadKey(token), row.id.ToBytes());
  }
  return CloseItem(received->source_item(), {.complaint = row.id}, rows);
}

absl::Status IntakeProjection::CloseItem(const std::string& item_bytes, const ItemRow& outcome,
                                         Rows rows) {
  const auto item = ItemId::FromBytes(item_bytes);
  if (!item) return absl::OkStatus();
  rows.overlay.Put(ItemKey(*item), outcome.Encode());
  REDRESS_ASSIGN_OR_RETURN(const auto pending, FindPending(*item, rows));
  if (pending == nullptr) return absl::OkStatus();
  young_.erase(*item);
  rows.overlay.Delete(PendingKey(*item));
  RemoveTakeIn(*item, pending->row, rows);
  return absl::OkStatus();
}

void IntakeProjection::RemoveTakeIn(const ItemId& item, const PendingRow& pending, Rows rows) {
  for (WorkKind kind : {kTakeIn, kScreen}) {
    const WorkItem work = TakeInItem(kind, item, pending);
    if (actor_ != nullptr) actor_->OnRecordSeen(work);
    rows.work.Remove(work);
  }
}

template <typename Row>
absl::Status IntakeProjection::KeepOlderRequest(const JudgedRecord& record, const Row& row,
                                                Rows rows) {
  if (!record.left_window) return absl::OkStatus();
  // The n-th id that leaves the window (n from 0) goes to row n / 64.
  const uint64_t left = row.head.version().value() - kWindow - 1;
  const std::string key =
      OlderRequestsKey(record.record.source.topic, row.row, left / kClosedPerRow);
  REDRESS_ASSIGN_OR_RETURN(const auto stored, rows.overlay.Get(key));
  rows.overlay.Put(key, stored.value_or("") + EncodeClosed(*record.left_window));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ClosedRequest>> IntakeProjection::Find(Topic topic,
                                                                    const RowNumber& row,
                                                                    const RequestId& request) {
  for (uint64_t chunk = 0;; ++chunk) {
    REDRESS_ASSIGN_OR_RETURN(const auto stored, overlay_->Get(OlderRequestsKey(topic, row, chunk)));
    if (!stored) return std::nullopt;
    for (const ClosedRequest& closed : DecodeClosed(*stored)) {
      if (closed.request == request) return closed;
    }
  }
}

absl::Status IntakeProjection::OnPlainRecord(const RecordView& record, Ordinal, Rows rows) {
  if (record.source.topic == Topic::kDeadLetter) return OnDeadLetterRecord(record, rows);
  if (record.Header("ce_type") == "redress.event.v1.InboundScreened")
    return OnScreenedRecord(record, rows);
  // What others answer to each other on this topic is left alone.
  return IsItem(record) ? OnInboundItem(record, rows) : absl::OkStatus();
}

absl::Status IntakeProjection::OnInboundItem(const RecordView& record, Rows rows) {
  const ItemFormat format = FormatOf(record);
  auto item = ParseInboundItem(record.value.value_or(""), format);
  if (!item.ok()) return AddDeadLetterWork(record, rows);
  const auto& personal = item->personal();
  const ItemId id =
      personal.source_message_key().empty()
          ? HashedId<ItemId>({"inbound", std::to_string(record.source.partition.value()),
                              std::to_string(record.offset.value())})
          : ItemOf(secret_, item->message().account_id(), personal.source_message_key());
  REDRESS_ASSIGN_OR_RETURN(const auto done, FindItem(id));
  REDRESS_ASSIGN_OR_RETURN(const auto waiting, FindPending(id, rows));
  if (done || waiting) {
    if (observer_ != nullptr) observer_->OnDuplicateItem(record.source.partition);
    // A second copy makes no row. Published with another key it lies in another partition: then
    // that with the lower number stands for both, at every instance and whichever was folded first.
    // Else each could leave it to the other.
    if (done || record.source.partition >= waiting->row.partition) return absl::OkStatus();
    RemoveTakeIn(id, waiting->row, rows);
  }
  const ThreadToken token = ThreadOf(secret_, item->message().account_id(), personal.thread_key());
  const int64_t now_us = ToMicros(clock_->Now());
  PendingRow row{record.source.partition, record.offset, *StreamId::FromBytes(token.bytes()),
                 waiting ? waiting->row.seen_us : now_us, format == ItemFormat::kJson};
  std::string stored = row.Encode(record.value.value_or(""));
  const size_t stored_bytes = stored.size();
  // The store was asked a moment ago.
  if (waiting) {
    rows.overlay.Put(PendingKey(id), std::move(stored));
  } else {
    rows.overlay.PutNew(PendingKey(id), std::move(stored));
  }
  rows.work.Add(TakeInItem(ScreenReason(*item, now_us) ? kScreen : kTakeIn, id, row));
  young_.erase(id);
  if (young_.size() < kMostYoungItems && stored_bytes <= kMostYoungItemBytes)
    young_.emplace(id, std::make_shared<PendingItem>(row, *std::move(item)));
  return absl::OkStatus();
}

absl::Status IntakeProjection::OnScreenedRecord(const RecordView& record, Rows rows) {
  event::v1::Event event;
  event::v1::InboundScreened screened;
  const std::string_view value = record.value.value_or("");
  if (!event.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      !screened.ParseFromString(event.payload())) {
    return AddDeadLetterWork(record, rows);
  }
  if (observer_ != nullptr) observer_->OnScreened(record.source.partition, screened.reason());
  ItemRow outcome;
  outcome.reason = static_cast<uint8_t>(screened.reason());
  outcome.detail = screened.detail();
  return CloseItem(screened.item(), outcome, rows);
}

absl::Status IntakeProjection::OnMalformed(const RecordView& record, Rows rows) {
  return AddDeadLetterWork(record, rows);
}

absl::Status IntakeProjection::AddDeadLetterWork(const RecordView& record, Rows rows) {
  // Topics are folded in no order: at a rebuild the pointer may come before what it points to.
  REDRESS_ASSIGN_OR_RETURN(const auto pointed,
                           rows.overlay.Get(PointedToKey(record.source, record.offset)));
  if (pointed) return absl::OkStatus();
  rows.work.Add(DeadLetterItem({record.source, record.offset, HashOf(record.value.value_or(""))}));
  return absl::OkStatus();
}

absl::Status IntakeProjection::OnDeadLetterRecord(const RecordView& record, Rows rows) {
  event::v1::Event event;
  event::v1::DeadLetter letter;
  const std::string_view value = record.value.value_or("");
  if (!event.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      !letter.ParseFromString(event.payload())) {
    return absl::OkStatus();  // nothing points to a broken pointer
  }
  const auto topic = TopicFromName(letter.topic());
  if (!topic) return absl::OkStatus();
  const TopicPartition source{*topic, Partition(static_cast<int32_t>(letter.partition()))};
  const Offset offset(letter.position());
  rows.overlay.Put(PointedToKey(source, offset), "");
  const WorkItem work =
      DeadLetterItem({source, offset, ContentHash::FromBytesOrNone(letter.bytes_hash())});
  if (actor_ != nullptr) actor_->OnRecordSeen(work);
  rows.work.Remove(work);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ItemRow>> IntakeProjection::FindItem(const ItemId& item) const {
  REDRESS_ASSIGN_OR_RETURN(const auto stored, overlay_->Get(ItemKey(item)));
  if (!stored) return std::nullopt;
  return ItemRow::Decode(*stored);
}

absl::StatusOr<std::shared_ptr<const PendingItem>> IntakeProjection::FindPending(
    const ItemId& item) const {
  const auto young = young_.find(item);
  if (young != young_.end()) return young->second;
  REDRESS_ASSIGN_OR_RETURN(const auto stored, overlay_->Get(PendingKey(item)));
  if (!stored) return nullptr;
  std::string_view value;
  const auto row = PendingRow::Decode(*stored, &value);
  if (!row) return absl::DataLossError("the row of an inbound item is damaged");
  return std::make_shared<const PendingItem>(
      *row, ParseInboundItem(value, row->json ? ItemFormat::kJson : ItemFormat::kProtobuf));
}

absl::StatusOr<std::shared_ptr<const PendingItem>> IntakeProjection::FindPending(const ItemId& item,
                                                                                 Rows rows) const {
  // Each young item has a row of work: when there are no more of them, no older item waits and the
  // store need not be asked.
  if (rows.work.size() == young_.size() && !young_.contains(item)) return nullptr;
  return FindPending(item);
}

absl::StatusOr<ComplaintId> IntakeProjection::FindThread(const ThreadToken& token) const {
  REDRESS_ASSIGN_OR_RETURN(const auto stored, overlay_->Get(ThreadKey(token)));
  return stored ? ComplaintId::FromBytesOrNone(*stored) : ComplaintId();
}

absl::StatusOr<ComplaintId> IntakeProjection::FindTracking(std::string_view code) const {
  std::vector<ComplaintId> found;
  const std::string prefix = TrackingPrefix(code);
  REDRESS_RETURN_IF_ERROR(
      store_->Scan(prefix, AfterPrefix(prefix), false, [&](std::string_view key, std::string_view) {
        found.push_back(TrackingComplaint(key));
        return found.size() < 2;
      }));
  return found.size() == 1 ? found.front() : ComplaintId();
}

}  // namespace redress::intake
