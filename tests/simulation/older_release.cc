#include "tests/simulation/older_release.h"

#include "libs/base/status.h"
#include "libs/runtime/decoded_event.h"

namespace redress::simulation {
namespace {

class OlderReader final : public LogReader {
 public:
  OlderReader(std::unique_ptr<LogReader> inner, OlderRelease* log)
      : inner_(std::move(inner)), log_(log) {}

  absl::Status Poll(size_t max_records, ReadBatch* batch) override {
    REDRESS_RETURN_IF_ERROR(inner_->Poll(max_records, batch));
    for (RecordView& record : batch->records) {
      if (record.source.topic == Topic::kComplaints) log_->Show(&record, batch);
    }
    return absl::OkStatus();
  }
  void SetWake(absl::AnyInvocable<void()> wake) override { inner_->SetWake(std::move(wake)); }

 private:
  const std::unique_ptr<LogReader> inner_;
  OlderRelease* const log_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> OlderRelease::OpenReader(std::vector<ReadFrom> starts) {
  REDRESS_ASSIGN_OR_RETURN(auto reader, inner_->OpenReader(std::move(starts)));
  return std::make_unique<OlderReader>(std::move(reader), this);
}

void OlderRelease::Show(RecordView* record, ReadBatch* batch) {
  const auto decoded = DecodedEvent::Of(*record);
  if (decoded->malformed() || decoded->event().type() != unknown_type_) return;
  auto& shown = shown_[{record->source, record->offset}];
  if (shown == nullptr) {
    event::v1::Event event = decoded->event();
    event.set_type(kBeyondAllTypes + unknown_type_);
    auto made = std::make_shared<Shown>();
    made->value = event.SerializeAsString();
    shown = std::move(made);
  }
  record->value = shown->value;
  record->shared = &shown->decode;
  record->owner = static_cast<uint32_t>(batch->owners.size());
  batch->owners.push_back(shown);
}

}  // namespace redress::simulation
