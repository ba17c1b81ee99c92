#include "services/classifier/projection/classifier_projection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/status.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/intake.pb.h"

namespace redress::classifier {
namespace {

using storage::v1::StageState;

// Somebody is on the line or at the counter; somebody else is watching.
constexpr absl::Duration kSomebodyWaits = absl::Minutes(10);
constexpr absl::Duration kOthersRead = absl::Minutes(5);

bool IsAssessment(const JudgedRecord& record) {
  return record.As<event::v1::ComplaintAssessed>() != nullptr ||
         record.As<event::v1::ComplaintReassessed>() != nullptr;
}

const event::v1::Assessment& AssessmentOf(const JudgedRecord& record) {
  const auto* assessed = record.As<event::v1::ComplaintAssessed>();
  return assessed != nullptr ? assessed->assessment()
                             : record.As<event::v1::ComplaintReassessed>()->assessment();
}

std::string DepartmentOf(const event::v1::Assessment& assessment) {
  const bool unknown =
      assessment.category().empty() || assessment.basis() == event::v1::Assessment::UNCLASSIFIED;
  return unknown ? "unclassified" : assessment.category(0).code();
}

}  // namespace

std::string TextKey(const RowNumber& row) { return RowKey(kTextTable).Row(row).str(); }
std::string ExplainedKey(const RowNumber& row) { return RowKey(kExplainedTable).Row(row).str(); }

std::string ExplainedRow::Encode(const ContentHash& policy, const event::v1::Explained& explained) {
  std::string bytes = policy.ToBytes();
  explained.AppendToString(&bytes);
  return bytes;
}

std::optional<ExplainedRow> ExplainedRow::Decode(std::string_view bytes) {
  ExplainedRow row;
  if (bytes.size() < ContentHash::kSize) return std::nullopt;
  row.policy = *ContentHash::FromBytes(bytes.substr(0, ContentHash::kSize));
  bytes.remove_prefix(ContentHash::kSize);
  if (!row.explained.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return std::nullopt;
  return row;
}

int64_t AssessOrder(event::v1::Channel channel, int64_t received_at_us) {
  switch (channel) {
    case event::v1::PHONE:
    case event::v1::CHAT:
    case event::v1::SHOP:
      return received_at_us - absl::ToInt64Microseconds(kSomebodyWaits);
    case event::v1::SOCIAL:
      return received_at_us - absl::ToInt64Microseconds(kOthersRead);
    default:
      return received_at_us;
  }
}

void ClassifierProjection::SetMetrics(ClassifierMetrics metrics, Counts counts) {
  metrics_ = std::move(metrics);
  counts_ = std::move(counts);
}

AspectSet ClassifierProjection::kept() const {
  return {event::v1::STAGE, event::v1::ASSESSMENT, event::v1::RECORD};
}

absl::Status ClassifierProjection::OnDirectory(const JudgedRecord& record, const EntityRow& row,
                                               Rows) {
  if (record.effective()) directory_->Apply(row);
  return absl::OkStatus();
}

absl::Status ClassifierProjection::OnComplaint(const JudgedRecord& record, const ComplaintRow& row,
                                               Rows rows) {
  if (!record.effective()) return absl::OkStatus();
  if (record.header.opens) return KeepText(record, row, rows);
  if (IsAssessment(record)) {
    // A complaint that was withdrawn unassessed may be reopened: only an assessment ends the need
    // for its text.
    if (record.As<event::v1::ComplaintAssessed>() != nullptr) rows.overlay.Delete(TextKey(row.row));
    const ContentHash policy = ContentHash::FromBytesOrNone(record.event.header().policy());
    rows.overlay.Put(ExplainedKey(row.row),
                     ExplainedRow::Encode(policy, AssessmentOf(record).explained()));
  }
  if (counts_ && counts_(record.record.source.partition)) Count(record, row);
  return absl::OkStatus();
}

absl::Status ClassifierProjection::KeepText(const JudgedRecord& record, const ComplaintRow& row,
                                            Rows rows) {
  if (record.As<event::v1::ComplaintReceived>() == nullptr) return absl::OkStatus();
  personal::v1::ComplaintReceivedPersonal text;
  for (const auto& part : record.event.sealed()) {
    // Without its key the text is not to be had; the work waits for a release that has it.
    if (!part.key_id().empty()) return absl::OkStatus();
    personal::v1::ComplaintReceivedPersonal all;
    if (!all.ParseFromString(part.ciphertext())) continue;
    if (!all.first_message().subject().empty()) {
      text.mutable_first_message()->set_subject(
          std::move(*all.mutable_first_message()->mutable_subject()));
    }
    if (!all.first_message().body().empty()) {
      text.mutable_first_message()->set_body(
          std::move(*all.mutable_first_message()->mutable_body()));
    }
    text.mutable_order_refs()->MergeFrom(all.order_refs());
    if (!all.requested_remedy_text().empty()) {
      text.set_requested_remedy_text(std::move(*all.mutable_requested_remedy_text()));
    }
  }
  rows.overlay.PutNew(TextKey(row.row), text.SerializeAsString());
  return absl::OkStatus();
}

void ClassifierProjection::Count(const JudgedRecord& record, const ComplaintRow& row) const {
  if (const auto* assessed = record.As<event::v1::ComplaintAssessed>()) {
    metrics_.assessed
        .With(
            {DepartmentOf(assessed->assessment()), std::to_string(assessed->assessment().level())})
        .Increment();
    return;
  }
  const auto* corrected = record.As<event::v1::AssessmentCorrected>();
  if (corrected == nullptr) return;
  std::string department = DepartmentOf(row.state.assessment().assessment());
  for (const auto& correction : corrected->corrections()) {
    if (correction.field() == "category") {
      department = correction.old_value().substr(0, correction.old_value().find('/'));
    }
  }
  metrics_.corrected.With({department}).Increment();
}

void ClassifierProjection::WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const {
  const StageState& stage = row.state.stage();
  if (stage.stage() != StageState::RECEIVED || row.more_follows) return;
  WorkItem item;
  item.kind = kAssess;
  item.order = AssessOrder(row.state.record().channel(), stage.received_at_us());
  item.cause = EventId::FromBytesOrNone(stage.entered_by());
  work->push_back(std::move(item));
}

absl::StatusOr<std::optional<personal::v1::ComplaintReceivedPersonal>> FindText(
    const Overlay& overlay, const RowNumber& row) {
  REDRESS_ASSIGN_OR_RETURN(const auto stored, overlay.Get(TextKey(row)));
  if (!stored) return std::nullopt;
  personal::v1::ComplaintReceivedPersonal text;
  if (!text.ParseFromString(*stored)) {
    return absl::DataLossError("the row of a complaint's text is damaged; rebuild the projection");
  }
  return text;
}

}  // namespace redress::classifier
