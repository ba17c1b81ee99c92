#include "tests/simulation/older_release.h"

#include <string>

#include "libs/base/status.h"
#include "redress/event/v1/record.pb.h"

namespace redress::simulation {
namespace {

class OlderReader final : public LogReader {
 public:
  OlderReader(std::unique_ptr<LogReader> inner, uint32_t unknown_type)
      : inner_(std::move(inner)), unknown_type_(unknown_type) {}

  absl::Status Poll(size_t max_records, ReadBatch* batch) override {
    REDRESS_RETURN_IF_ERROR(inner_->Poll(max_records, batch));
    for (RecordView& record : batch->records) {
      if (record.source.topic == Topic::kComplaints) MakeUnknown(&record, batch);
    }
    return absl::OkStatus();
  }
  void SetWake(absl::AnyInvocable<void()> wake) override { inner_->SetWake(std::move(wake)); }

 private:
  void MakeUnknown(RecordView* record, ReadBatch* batch) const {
    event::v1::Event event;
    const std::string_view value = record->value.value_or("");
    if (!event.ParseFromArray(value.data(), static_cast<int>(value.size()))) return;
    if (event.type() != unknown_type_) return;
    event.set_type(kBeyondAllTypes + unknown_type_);
    const auto bytes = std::make_shared<const std::string>(event.SerializeAsString());
    record->value = *bytes;
    // Others decode the record as they know it.
    record->shared = nullptr;
    record->owner = static_cast<uint32_t>(batch->owners.size());
    batch->owners.push_back(bytes);
  }

  const std::unique_ptr<LogReader> inner_;
  const uint32_t unknown_type_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> OlderRelease::OpenReader(std::vector<ReadFrom> starts) {
  REDRESS_ASSIGN_OR_RETURN(auto reader, inner_->OpenReader(std::move(starts)));
  return std::make_unique<OlderReader>(std::move(reader), unknown_type_);
}

}  // namespace redress::simulation
