#include "tests/simulation/site_log.h"

#include "libs/base/status.h"

namespace redress::simulation {
namespace {

class SiteReader final : public LogReader {
 public:
  SiteReader(std::unique_ptr<LogReader> inner, Fate* fate)
      : inner_(std::move(inner)), fate_(fate) {}

  absl::Status Poll(size_t max_records, ReadBatch* batch) override {
    batch->Clear();
    fate_->At(Site::kBeforePoll);
    if (fate_->dead()) return absl::UnavailableError("dead");
    REDRESS_RETURN_IF_ERROR(inner_->Poll(max_records, batch));
    fate_->At(batch->records.empty() ? Site::kAfterPoll : Site::kReadBack);
    if (fate_->dead()) batch->Clear();
    return absl::OkStatus();
  }
  void SetWake(absl::AnyInvocable<void()> wake) override { inner_->SetWake(std::move(wake)); }

 private:
  const std::unique_ptr<LogReader> inner_;
  Fate* const fate_;
};

Site HeardSite(AppendOutcome::Kind kind) {
  switch (kind) {
    case AppendOutcome::Kind::kAppended:
      return Site::kHearsAppended;
    case AppendOutcome::Kind::kNotAppended:
      return Site::kHearsNotAppended;
    case AppendOutcome::Kind::kUnknown:
      return Site::kHearsUnknown;
  }
  return Site::kHearsUnknown;
}

}  // namespace

void SiteLog::Append(TopicPartition to, Record record, AppendDone done) {
  fate_->At(Site::kBeforeAppend);
  if (fate_->dead()) return;
  if (on_append_) on_append_(record);
  inner_->Append(to, std::move(record),
                 [fate = fate_, done = std::move(done)](AppendOutcome outcome) mutable {
                   fate->At(HeardSite(outcome.kind));
                   if (!fate->dead()) done(std::move(outcome));
                 });
  fate_->At(Site::kAfterAppend);
}

absl::StatusOr<std::unique_ptr<LogReader>> SiteLog::OpenReader(std::vector<ReadFrom> starts) {
  fate_->At(Site::kOpensReader);
  REDRESS_ASSIGN_OR_RETURN(auto reader, inner_->OpenReader(std::move(starts)));
  return std::make_unique<SiteReader>(std::move(reader), fate_);
}

void SiteLog::End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) {
  fate_->At(Site::kAsksEnd);
  if (fate_->dead()) return;
  inner_->End(of, [fate = fate_, done = std::move(done)](absl::StatusOr<Offset> end) mutable {
    fate->At(Site::kHearsEnd);
    if (!fate->dead()) done(std::move(end));
  });
}

absl::StatusOr<std::unique_ptr<Ownership>> SiteLog::Own(OwnershipKind kind,
                                                        OwnershipChanged changed) {
  fate_->At(Site::kTakesOwnership);
  return inner_->Own(
      kind, [fate = fate_, changed = std::move(changed)](std::vector<Partition> units) mutable {
        fate->At(Site::kHearsOwnership);
        if (!fate->dead()) changed(std::move(units));
      });
}

}  // namespace redress::simulation
