#include "libs/event_log/simulated/simulated_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libs/base/status.h"

namespace redress {
namespace {

class SimulatedOwnership final : public Ownership {
 public:
  explicit SimulatedOwnership(std::shared_ptr<OwnershipChanged> changed)
      : changed_(std::move(changed)) {}

 private:
  // The instance holds it weakly: dropped with this object.
  const std::shared_ptr<OwnershipChanged> changed_;
};

}  // namespace

RecordView ViewOf(TopicPartition source, const SimulatedRecord& stored) {
  RecordView view;
  view.source = source;
  view.offset = stored.offset;
  if (stored.record.key) view.key = *stored.record.key;
  if (stored.record.value) view.value = *stored.record.value;
  view.headers = stored.header_views;
  view.timestamp_ms = stored.record.timestamp_ms;
  view.shared = &stored.decode;
  return view;
}

SimulatedReader::SimulatedReader(SimulatedLog* log, std::shared_ptr<InstanceState> instance,
                                 const std::vector<ReadFrom>& starts)
    : log_(log), instance_(std::move(instance)) {
  wake_->reads.resize(log->table_.size());
  for (const ReadFrom& start : starts) {
    Source source;
    source.tp = start.source;
    source.partition = log->table_.IndexOf(start.source);
    source.position = start.Start(log->stored_[source.partition].oldest);
    sources_.push_back(source);
    wake_->reads[source.partition] = true;
  }
  instance_->wakes.push_back(wake_);
}

absl::Status SimulatedReader::Check() {
  for (const Source& source : sources_) {
    const SimulatedLog::Stored& stored = log_->stored_[source.partition];
    if (source.position < stored.oldest) return absl::OutOfRangeError("before the oldest record");
    if (!started_ && source.position > stored.next)
      return absl::OutOfRangeError("beyond the end of the log");
  }
  return absl::OkStatus();
}

absl::Status SimulatedReader::Poll(size_t max_records, ReadBatch* batch) {
  batch->Clear();
  REDRESS_RETURN_IF_ERROR(start_error_);
  const absl::Status checked = Check();
  if (!checked.ok()) {
    if (!started_) start_error_ = checked;
    return checked;
  }
  started_ = true;
  SimulatedScheduler& scheduler = *log_->scheduler_;
  if (scheduler.Chance(log_->faults_.read_unavailable)) {
    ++log_->counts_.read_errors;
    wake_->armed = true;
    scheduler.After(log_->faults_.max_delivery_delay,
                    [instance = instance_, wake = std::weak_ptr<SimulatedWake>(wake_)] {
                      instance->Run([wake] {
                        if (const auto alive = wake.lock()) alive->Ring();
                      });
                    });
    return absl::UnavailableError("simulated: the log does not answer");
  }
  max_records = std::max<size_t>(max_records, 1);
  if (scheduler.Chance(log_->faults_.partial_batch)) {
    ++log_->counts_.partial_batches;
    max_records = 1 + scheduler.random().Below(max_records);
  }
  for (Source& source : sources_) {
    if (!ReadSource(&source, max_records, batch) || source.announced == source.position) continue;
    source.announced = source.position;
    batch->ends.push_back({source.tp, source.position});
  }
  if (batch->records.empty()) wake_->armed = true;
  return absl::OkStatus();
}

bool SimulatedReader::ReadSource(Source* source, size_t max_records, ReadBatch* batch) {
  const Offset visible = instance_->visible[source->partition];
  if (source->position >= visible) return true;
  const auto& records = log_->stored_[source->partition].records;
  auto it =
      std::lower_bound(records.begin(), records.end(), source->position,
                       [](const auto& record, Offset offset) { return record->offset < offset; });
  for (; it != records.end() && (*it)->offset < visible; ++it) {
    RecordView view = ViewOf(source->tp, **it);
    if (!IsGenesis(view)) {
      if (batch->records.size() == max_records) return false;
      view.owner = static_cast<uint32_t>(batch->owners.size());
      batch->records.push_back(view);
      batch->owners.push_back(*it);
    }
    source->position = (*it)->offset.Next();
  }
  source->position = std::max(source->position, visible);
  return true;
}

absl::StatusOr<std::unique_ptr<LogReader>> SimulatedInstance::OpenReader(
    std::vector<ReadFrom> starts) {
  for (const ReadFrom& start : starts) {
    if (log_->table_.IndexOf(start.source) < 0)
      return absl::InvalidArgumentError("no such partition");
  }
  return std::make_unique<SimulatedReader>(log_, state_, starts);
}

absl::StatusOr<std::unique_ptr<Ownership>> SimulatedInstance::Own(OwnershipKind kind,
                                                                  OwnershipChanged changed) {
  auto shared = std::make_shared<OwnershipChanged>(std::move(changed));
  const int index = static_cast<int>(kind);
  state_->owners[index].push_back(shared);
  Post([weak = std::weak_ptr<OwnershipChanged>(shared), state = state_.get(), index] {
    if (const auto owner = weak.lock()) (*owner)(state->owned[index]);
  });
  return std::make_unique<SimulatedOwnership>(std::move(shared));
}

void SimulatedInstance::SetOwned(OwnershipKind kind, std::vector<Partition> units) {
  const int index = static_cast<int>(kind);
  Post([state = state_.get(), index, units = std::move(units)] {
    state->owned[index] = units;
    std::erase_if(state->owners[index], [](const auto& owner) { return owner.expired(); });
    for (size_t i = 0; i < state->owners[index].size(); ++i) {
      if (const auto owner = state->owners[index][i].lock()) (*owner)(state->owned[index]);
    }
  });
}

}  // namespace redress
