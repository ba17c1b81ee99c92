#include "services/intake/view/stored_complaint.h"

#include <memory>

#include "libs/base/status.h"
#include "libs/domain/fold.h"
#include "libs/domain/payloads.h"

namespace redress::intake {
namespace {

std::optional<HistoryStep> Decode(const RowNumber& complaint, Offset offset,
                                  std::string_view value) {
  auto row = HistoryRow::Decode(value);
  if (!row) return std::nullopt;
  HistoryStep step;
  step.place = {Topic::kComplaints, complaint.partition};
  step.offset = offset;
  // Malformed records never get here: they have no stream.
  if (!step.event.ParseFromString(row->event)) return std::nullopt;
  row->event.clear();
  step.row = *std::move(row);
  return step;
}

absl::Status Damaged() {
  return absl::DataLossError("a history row is damaged: rebuild the projection");
}

}  // namespace

absl::StatusOr<std::optional<ComplaintRow>> LoadComplaint(const ProjectionStore& store,
                                                          const ComplaintId& id) {
  REDRESS_ASSIGN_OR_RETURN(const auto stored, store.Get(RowKey(kStreamTable).Id(id).str()));
  if (!stored) return std::nullopt;
  REDRESS_ASSIGN_OR_RETURN(ComplaintRow row, ComplaintRow::Decode(id, *stored));
  if (!row.head.exists()) return std::nullopt;
  return row;
}

absl::Status VisitHistory(const ProjectionStore& store, const RowNumber& complaint,
                          std::optional<Offset> after, absl::FunctionRef<bool(HistoryStep)> visit) {
  const std::string prefix = HistoryPrefix(complaint);
  const std::string from = after ? HistoryKey(complaint, after->Next()) : prefix;
  absl::Status damaged;
  REDRESS_RETURN_IF_ERROR(store.Scan(from, AfterPrefix(prefix), false,
                                     [&](std::string_view key, std::string_view value) {
                                       auto step = Decode(complaint, HistoryOffset(key), value);
                                       if (!step) {
                                         damaged = Damaged();
                                         return false;
                                       }
                                       return visit(*std::move(step));
                                     }));
  return damaged;
}

absl::StatusOr<std::optional<HistoryStep>> LoadStep(const ProjectionStore& store,
                                                    const RowNumber& complaint, Offset offset) {
  REDRESS_ASSIGN_OR_RETURN(const auto stored, store.Get(HistoryKey(complaint, offset)));
  if (!stored) return std::nullopt;
  auto step = Decode(complaint, offset, *stored);
  if (!step) return Damaged();
  return step;
}

absl::StatusOr<int64_t> UpdatedAt(const ProjectionStore& store, const RowNumber& complaint) {
  const std::string prefix = HistoryPrefix(complaint);
  int64_t updated = 0;
  REDRESS_RETURN_IF_ERROR(store.Scan(
      prefix, AfterPrefix(prefix), true, [&](std::string_view key, std::string_view value) {
        const auto step = Decode(complaint, HistoryOffset(key), value);
        if (!step || !step->effective()) return true;
        updated = step->event.header().recorded_at_us();
        return false;
      }));
  return updated;
}

absl::StatusOr<std::optional<ComplaintThen>> FoldHistory(
    const ProjectionStore& store, const ComplaintRow& now,
    absl::FunctionRef<bool(const HistoryStep&)> within) {
  ComplaintThen then;
  then.row.id = now.id;
  then.row.row = now.row;
  REDRESS_RETURN_IF_ERROR(VisitHistory(store, now.row, std::nullopt, [&](HistoryStep step) {
    if (!within(step)) return false;
    if (!step.effective()) return true;
    const auto& header = step.event.header();
    then.version = step.row.version;
    then.updated_at_us = header.recorded_at_us();
    const PayloadInfo* info = FindPayload(step.event.type());
    std::unique_ptr<google::protobuf::Message> payload;
    if (info != nullptr && header.schema_version() <= info->schema_version)
      payload.reset(info->prototype->New());
    if (payload != nullptr && payload->ParseFromString(step.event.payload())) {
      Apply(FoldedEvent{header, step.event.type(), *payload}, &then.row.state);
    } else {
      then.row.newer = true;
    }
    then.steps.push_back(std::move(step));
    return true;
  }));
  if (then.steps.empty()) return std::nullopt;
  return then;
}

bool ReadPersonal(const event::v1::Event& event, google::protobuf::Message* companion) {
  bool any = false;
  for (const auto& part : event.sealed()) {
    any = (part.key_id().empty() && companion->MergeFromString(part.ciphertext())) || any;
  }
  return any;
}

}  // namespace redress::intake
