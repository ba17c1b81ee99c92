#include "services/analytics/projection/analytics_projection.h"

#include "libs/base/status.h"
#include "libs/projection/row_key.h"

namespace redress::analytics {
namespace {

constexpr char kFactTable = 'F';

}  // namespace

AspectSet AnalyticsProjection::kept() const {
  return {event::v1::STAGE,        event::v1::OWNERSHIP, event::v1::LEVEL,  event::v1::ASSESSMENT,
          event::v1::CONVERSATION, event::v1::RECORD,    event::v1::CLOCKS, event::v1::WAITING};
}

absl::Status AnalyticsProjection::OnDirectory(const JudgedRecord& record, const EntityRow& row,
                                              Rows) {
  if (record.effective()) directory_->Apply(row);
  return absl::OkStatus();
}

absl::Status AnalyticsProjection::OnComplaint(const JudgedRecord& record, const ComplaintRow& row,
                                              Rows rows) {
  // What writes nothing that is kept changes no fact.
  if (!record.effective() || (record.header.writes & kept()).empty()) return absl::OkStatus();
  const std::string key = RowKey(kFactTable).Row(row.row).str();
  ComplaintFact before;
  if (!record.header.opens) {
    REDRESS_ASSIGN_OR_RETURN(const auto stored, rows.overlay.Get(key));
    if (stored && !before.ParseFromString(*stored))
      return absl::DataLossError("a complaint fact does not decode");
  }
  const ComplaintFact fact = MakeFact(row.state, before);
  if (record.header.opens) {
    rows.overlay.PutNew(key, fact.SerializeAsString());
  } else {
    rows.overlay.Put(key, fact.SerializeAsString());
  }
  if (counts_()) Observe(before, fact);
  return absl::OkStatus();
}

void AnalyticsProjection::Observe(const ComplaintFact& before, const ComplaintFact& after) const {
  const auto seconds = [&](int64_t until_us) {
    return static_cast<double>(until_us - after.received_at_us()) / 1e6;
  };
  if (before.first_response_at_us() == 0 && after.first_response_at_us() != 0) {
    metrics_.first_response_seconds.Observe(seconds(after.first_response_at_us()));
  }
  if (before.resolved_at_us() == 0 && after.resolved_at_us() != 0) {
    metrics_.resolution_seconds.Observe(seconds(after.resolved_at_us()));
  }
}

absl::Status ForEachFact(const ProjectionStore& store,
                         absl::FunctionRef<void(const ComplaintFact&)> visit) {
  const std::string prefix(1, kFactTable);
  bool damaged = false;
  ComplaintFact fact;
  REDRESS_RETURN_IF_ERROR(
      store.Scan(prefix, AfterPrefix(prefix), false, [&](std::string_view, std::string_view value) {
        damaged = !fact.ParseFromArray(value.data(), static_cast<int>(value.size()));
        if (!damaged) visit(fact);
        return !damaged;
      }));
  return damaged ? absl::DataLossError("a complaint fact does not decode") : absl::OkStatus();
}

}  // namespace redress::analytics
