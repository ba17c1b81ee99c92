#include "tests/simulation/replay_log.h"

#include <utility>

#include "libs/base/check.h"
#include "libs/base/random.h"

namespace redress::simulation {
namespace {

// Records of one partition that come in a row, at most.
constexpr uint64_t kMostInARow = 6;

class ReplayReader final : public LogReader {
 public:
  ReplayReader(const SimulatedLog* bus, const std::vector<ReadFrom>& starts, uint64_t seed)
      : bus_(bus), random_(seed) {
    for (const ReadFrom& start : starts) {
      REDRESS_CHECK(start.from == Offset(0));
      left_.push_back({start.source, 0});
    }
  }

  absl::Status Poll(size_t max_records, ReadBatch* batch) override {
    batch->Clear();
    while (!left_.empty() && batch->records.size() < max_records) {
      const size_t drawn = random_.Below(left_.size());
      auto& [source, next] = left_[drawn];
      const auto& records = bus_->Records(source);
      for (uint64_t in_a_row = 1 + random_.Below(kMostInARow);
           in_a_row > 0 && next < records.size(); --in_a_row) {
        Add(source, records[next++], batch);
        if (batch->records.size() == max_records) break;
      }
      if (next < records.size()) continue;
      batch->ends.push_back({source, bus_->End(source)});
      left_.erase(left_.begin() + static_cast<int64_t>(drawn));
    }
    return absl::OkStatus();
  }
  void SetWake(absl::AnyInvocable<void()>) override {}

 private:
  static void Add(TopicPartition source, const std::shared_ptr<const SimulatedRecord>& stored,
                  ReadBatch* batch) {
    RecordView view = ViewOf(source, *stored);
    if (IsGenesis(view)) return;
    view.owner = static_cast<uint32_t>(batch->owners.size());
    batch->records.push_back(view);
    batch->owners.push_back(stored);
  }

  const SimulatedLog* const bus_;
  SeededRandom random_;
  // Partitions that are not read to their end, and the index of their next record.
  std::vector<std::pair<TopicPartition, size_t>> left_;
};

class OwnsNothing final : public Ownership {};

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> ReplayLog::OpenReader(std::vector<ReadFrom> starts) {
  return std::make_unique<ReplayReader>(bus_, starts, seed_);
}

absl::StatusOr<std::unique_ptr<Ownership>> ReplayLog::Own(OwnershipKind, OwnershipChanged) {
  return std::make_unique<OwnsNothing>();
}

}  // namespace redress::simulation
