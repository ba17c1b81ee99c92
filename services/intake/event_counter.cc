#include "services/intake/event_counter.h"

#include "absl/strings/ascii.h"
#include "libs/base/status.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/intake.pb.h"

namespace redress::intake {
namespace {

using S = storage::v1::StageState;

bool IsOpen(S::Stage stage) { return stage != S::NONE && stage != S::CLOSED && stage != S::MERGED; }

}  // namespace

absl::Status EventCounter::CountOpen(const ProjectionStore& store) {
  const std::string prefix(1, kStreamTable);
  store_ = &store;
  open_.clear();
  absl::Status damaged;
  REDRESS_RETURN_IF_ERROR(store.Scan(
      prefix, AfterPrefix(prefix), false, [&](std::string_view key, std::string_view value) {
        const auto row = ComplaintRow::Decode(RowKeyReader(key).Id<ComplaintId>(), value);
        if (!row.ok()) {
          damaged = row.status();
          return false;
        }
        if (IsOpen(row->state.stage().stage())) ++open_[row->row.partition];
        return true;
      }));
  return damaged;
}

bool EventCounter::WasClosed(const ComplaintId& complaint) const {
  // Resolved complaints are still open: only reopening a closed one opens it again. The fold has
  // forgotten the stage before; the last flush has not.
  const auto stored = store_ != nullptr ? store_->Get(RowKey(kStreamTable).Id(complaint).str())
                                        : absl::StatusOr<std::optional<std::string>>(std::nullopt);
  if (!stored.ok() || !stored->has_value()) return false;
  const auto row = ComplaintRow::Decode(complaint, **stored);
  return row.ok() && row->state.stage().stage() == S::CLOSED;
}

void EventCounter::OnEvent(const JudgedRecord& record, const ComplaintRow& row) {
  if (!record.effective()) return;
  const auto* received = record.As<event::v1::ComplaintReceived>();
  const bool closed = record.As<event::v1::ComplaintClosed>() != nullptr;
  const bool withdrawn = record.As<event::v1::ComplaintWithdrawn>() != nullptr;
  const bool reopened = record.As<event::v1::ComplaintReopened>() != nullptr;
  const auto* resolved = record.As<event::v1::ComplaintResolved>();
  int64_t& open = open_[row.row.partition];
  if (received != nullptr) ++open;
  if (closed || withdrawn) --open;
  if (reopened && WasClosed(row.id)) ++open;
  if (!counts_(OwnershipKind::kIntake, row.row.partition)) return;
  if (received != nullptr) {
    metrics_.received.With({absl::AsciiStrToLower(event::v1::Channel_Name(received->channel()))})
        .Increment();
  }
  if (resolved != nullptr) metrics_.closed.With({"resolved"}).Increment();
  if (closed) metrics_.closed.With({"closed"}).Increment();
  if (withdrawn) metrics_.closed.With({"withdrawn"}).Increment();
}

void EventCounter::OnScreened(Partition inbound, event::v1::InboundScreened::Reason reason) {
  if (!counts_(OwnershipKind::kTakeIn, inbound)) return;
  metrics_.screened.With({absl::AsciiStrToLower(event::v1::InboundScreened::Reason_Name(reason))})
      .Increment();
}

void EventCounter::OnDuplicateItem(Partition inbound) {
  if (counts_(OwnershipKind::kTakeIn, inbound)) metrics_.screened.With({"duplicate"}).Increment();
}

void EventCounter::PublishOpen() {
  int64_t sum = 0;
  for (const auto& [partition, open] : open_) {
    if (counts_(OwnershipKind::kIntake, partition)) sum += open;
  }
  metrics_.open.Set(static_cast<double>(sum));
}

}  // namespace redress::intake
