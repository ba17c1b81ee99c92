#include "tests/simulation/planted_log.h"

#include <utility>

#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/intake.pb.h"
#include "tests/simulation/older_release.h"

namespace redress::simulation {
namespace {

// Makes a payload that no other release parses: a field of wire type 7.
constexpr char kGarbage[] = "\x0f";

class PlantedReader final : public LogReader {
 public:
  PlantedReader(std::unique_ptr<LogReader> inner, PlantedLog* log)
      : inner_(std::move(inner)), log_(log) {}

  absl::Status Poll(size_t max_records, ReadBatch* batch) override {
    REDRESS_RETURN_IF_ERROR(inner_->Poll(max_records, batch));
    std::erase_if(batch->records, [&](const RecordView& record) { return log_->Skips(record); });
    for (RecordView& record : batch->records) {
      log_->OnRead(record);
      const auto bytes = log_->AsRead(record);
      if (bytes == nullptr) continue;
      record.value = *bytes;
      record.shared = nullptr;
      record.owner = static_cast<uint32_t>(batch->owners.size());
      batch->owners.push_back(bytes);
    }
    return absl::OkStatus();
  }
  void SetWake(absl::AnyInvocable<void()> wake) override { inner_->SetWake(std::move(wake)); }

 private:
  const std::unique_ptr<LogReader> inner_;
  PlantedLog* const log_;
};

}  // namespace

bool LeftOutRule::Change(const JudgedHeader& header, const Head& head, Offset offset,
                         event::v1::Header* out) const {
  switch (bug_) {
    case Bug::kNoDuplicateRule:
      if (head.FindClosed(header.request) == nullptr) return false;
      out->set_request_id(
          HashedId<RequestId>({"again", header.event.bytes(), std::to_string(offset.value())})
              .ToBytes());
      return true;
    case Bug::kNoConflictRule:
      out->set_reads(0);
      return !header.opens;
    case Bug::kNoWindow:
      if (header.opens || header.seen > head.version()) return false;
      if (head.version().value() - header.seen.value() <= kWindow) return false;
      out->set_seen(head.version().value() - kWindow);
      return true;
    case Bug::kSecondOpener:
      if (!header.opens || !head.exists()) return false;
      out->set_opens(false);
      out->set_seen(head.version().value());
      return true;
    default:
      return false;
  }
}

std::shared_ptr<const std::string> LeftOutRule::Rewritten(TopicPartition source, Offset offset) {
  Place& place = places_[source];
  const auto& records = bus_->Records(source);
  for (; place.done < records.size() && records[place.done]->offset <= offset; ++place.done) {
    const SimulatedRecord& record = *records[place.done];
    event::v1::Event event;
    if (!record.record.value || !event.ParseFromString(*record.record.value)) continue;
    auto header = ReadHeader(event.header());
    if (!header) continue;
    Head& head = heads_[header->stream];
    if (Change(*header, head, record.offset, event.mutable_header())) {
      place.rewritten[record.offset] =
          std::make_shared<const std::string>(event.SerializeAsString());
      header = ReadHeader(event.header());
    }
    if (Judge(head, *header) == Verdict::kEffective) {
      head.Accept(*header, record.offset,
                  event.type() == PayloadOf<event::v1::CommandRefused>().number);
    }
  }
  const auto found = place.rewritten.find(offset);
  return found == place.rewritten.end() ? nullptr : found->second;
}

bool PlantedLog::Change(event::v1::Event* event) {
  event::v1::Header& header = *event->mutable_header();
  switch (bug_) {
    case Bug::kUnrecordedRead: {
      const AspectSet unrecorded{event::v1::STAGE, event::v1::OWNERSHIP};
      header.set_reads(header.reads() & ~unrecorded.mask());
      return true;
    }
    case Bug::kUndeclaredWrite:
      header.set_writes(header.writes() & ~AspectSet{event::v1::STAGE}.mask());
      return !header.opens();
    case Bug::kEtagAsSeen: {
      const auto etag = etags_.find(RequestId::FromBytesOrNone(header.request_id()));
      if (etag == etags_.end() || header.opens()) return false;
      header.set_seen(etag->second.value());
      return true;
    }
    case Bug::kDecideOnUnfolded: {
      auto& unread = unread_[StreamId::FromBytesOrNone(header.stream_id())];
      header.set_seen(header.seen() + unread.size());
      unread.insert(EventId::FromBytesOrNone(header.event_id()));
      return !header.opens();
    }
    case Bug::kOneReleasePayload:
      if (!garbles_ || event->type() != PayloadOf<event::v1::NoteAdded>().number) return false;
      event->set_payload(kGarbage + event->payload());
      return true;
    default:
      return false;
  }
}

void PlantedLog::Append(TopicPartition to, Record record, AppendDone done) {
  event::v1::Event event;
  if (to.topic != Topic::kComplaints || !record.value || !event.ParseFromString(*record.value)) {
    return inner_->Append(to, std::move(record), std::move(done));
  }
  if (Change(&event)) record.value = event.SerializeAsString();
  if (bug_ != Bug::kAnswerAtAppend) return inner_->Append(to, std::move(record), std::move(done));
  inner_->Append(
      to, std::move(record),
      [this, event = std::move(event), done = std::move(done)](AppendOutcome outcome) mutable {
        if (outcome.kind == AppendOutcome::Kind::kAppended) {
          answer_early_(RequestId::FromBytesOrNone(event.header().request_id()), event);
        }
        done(std::move(outcome));
      });
}

absl::StatusOr<std::unique_ptr<LogReader>> PlantedLog::OpenReader(std::vector<ReadFrom> starts) {
  REDRESS_ASSIGN_OR_RETURN(auto reader, inner_->OpenReader(std::move(starts)));
  return std::make_unique<PlantedReader>(std::move(reader), this);
}

void PlantedLog::OnRead(const RecordView& record) {
  event::v1::Event event;
  const std::string_view value = record.value.value_or("");
  if (unread_.empty() || !event.ParseFromArray(value.data(), static_cast<int>(value.size())))
    return;
  for (auto& [stream, unread] : unread_)
    unread.erase(EventId::FromBytesOrNone(event.header().event_id()));
}

bool PlantedLog::Skips(const RecordView& record) const {
  if (bug_ != Bug::kUnknownSkipped || record.source.topic != Topic::kComplaints) return false;
  event::v1::Event event;
  const std::string_view value = record.value.value_or("");
  return event.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
         event.type() > kBeyondAllTypes;
}

std::shared_ptr<const std::string> PlantedLog::AsRead(const RecordView& record) const {
  if (record.source.topic != Topic::kComplaints) return nullptr;
  if (bug_ != Bug::kOneReleasePayload) return rule_->Rewritten(record.source, record.offset);
  event::v1::Event event;
  const std::string_view value = record.value.value_or("");
  if (!garbles_ || !event.ParseFromArray(value.data(), static_cast<int>(value.size())))
    return nullptr;
  if (event.payload().rfind(kGarbage, 0) != 0) return nullptr;
  event.set_payload(event.payload().substr(1));
  return std::make_shared<const std::string>(event.SerializeAsString());
}

}  // namespace redress::simulation
