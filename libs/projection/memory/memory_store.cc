#include "libs/projection/memory/memory_store.h"

#include <algorithm>

namespace redress {

namespace {

// Rows copied under one lock during a scan: a visitor runs without it.
constexpr size_t kRowsPerStep = 64;

}  // namespace

class MemoryStore final : public ProjectionStore {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    MutexLock lock(disk_->mutex_);
    if (disk_->damaged_) return Damaged();
    const auto found = disk_->rows_.find(key);
    if (found == disk_->rows_.end()) return std::optional<std::string>();
    return found->second.back().value;
  }

  absl::Status Scan(
      std::string_view from, std::string_view to, bool reverse,
      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const override {
    uint64_t snapshot = 0;
    {
      MutexLock lock(disk_->mutex_);
      snapshot = disk_->writes_;
      disk_->snapshots_.insert(snapshot);
    }
    absl::Status status = ScanAt(snapshot, std::string(from), std::string(to), reverse, visit);
    MutexLock lock(disk_->mutex_);
    disk_->snapshots_.erase(disk_->snapshots_.find(snapshot));
    if (disk_->snapshots_.empty()) DropOutdated();
    return status;
  }

  absl::Status Write(const RowBatch& batch) override {
    MutexLock lock(disk_->mutex_);
    if (disk_->damaged_) return Damaged();
    if (disk_->full_) return absl::ResourceExhaustedError("memory disk full");
    ++disk_->writes_;
    if (disk_->undoable_batches_ == 0) {
      for (const RowBatch::Row& row : batch.rows()) Set(row.key, row.value);
      return absl::OkStatus();
    }
    MemoryDisk::Undo& undo = disk_->undo_.emplace_back();
    undo.reserve(batch.size());
    for (const RowBatch::Row& row : batch.rows())
      undo.emplace_back(row.key, Set(row.key, row.value));
    if (disk_->undo_.size() > disk_->undoable_batches_) disk_->undo_.pop_front();
    return absl::OkStatus();
  }

  Memory memory() const override {
    MutexLock lock(disk_->mutex_);
    return {.memtable_bytes = disk_->bytes_};
  }

 private:
  using Row = std::pair<std::string, std::string>;

  static absl::Status Damaged() { return absl::DataLossError("memory disk damaged"); }

  // Precondition: the lock is held. Returns what the key held.
  std::optional<std::string> Set(const std::string& key, const std::optional<std::string>& value) {
    auto [place, fresh] = disk_->rows_.try_emplace(key);
    MemoryDisk::Versions& versions = place->second;
    std::optional<std::string> before;
    if (!fresh) {
      MemoryDisk::Held& held = versions.back();
      const bool seen = !disk_->snapshots_.empty() && *disk_->snapshots_.rbegin() >= held.since;
      before = seen ? held.value : std::move(held.value);
      if (before.has_value()) disk_->bytes_ -= key.size() + before->size();
      if (!seen) versions.pop_back();
    }
    if (value.has_value()) disk_->bytes_ += key.size() + value->size();
    if (versions.empty() && !value.has_value()) {
      disk_->rows_.erase(place);
      return before;
    }
    versions.push_back({.since = disk_->writes_, .value = value});
    if (versions.size() > 1) disk_->outdated_.insert(key);
    return before;
  }

  // Precondition: the lock is held and no scan is in progress.
  void DropOutdated() const {
    for (const std::string& key : disk_->outdated_) {
      const auto found = disk_->rows_.find(key);
      if (found == disk_->rows_.end()) continue;
      MemoryDisk::Versions& versions = found->second;
      versions.erase(versions.begin(), versions.end() - 1);
      if (!versions.back().value.has_value()) disk_->rows_.erase(found);
    }
    disk_->outdated_.clear();
  }

  // What the key held at the snapshot, or null.
  static const std::string* At(const MemoryDisk::Versions& versions, uint64_t snapshot) {
    for (auto held = versions.rbegin(); held != versions.rend(); ++held) {
      if (held->since <= snapshot) return held->value.has_value() ? &*held->value : nullptr;
    }
    return nullptr;
  }

  absl::Status ScanAt(uint64_t snapshot, std::string from, std::string to, bool reverse,
                      absl::FunctionRef<bool(std::string_view, std::string_view)> visit) const {
    std::vector<Row> step;
    for (bool more = true; more;) {
      if (absl::Status status = NextStep(snapshot, from, to, reverse, &step); !status.ok())
        return status;
      more = step.size() == kRowsPerStep;
      for (const Row& row : step) {
        if (!visit(row.first, row.second)) return absl::OkStatus();
      }
      if (!more) break;
      if (reverse) {
        to = step.back().first;
        // Nothing is below the empty key, and as a bound it would mean "none".
        if (to.empty()) break;
      } else {
        from = step.back().first + '\0';
      }
    }
    return absl::OkStatus();
  }

  absl::Status NextStep(uint64_t snapshot, const std::string& from, const std::string& to,
                        bool reverse, std::vector<Row>* step) const {
    step->clear();
    MutexLock lock(disk_->mutex_);
    if (disk_->damaged_) return Damaged();
    if (!to.empty() && to <= from) return absl::OkStatus();
    const auto begin = disk_->rows_.lower_bound(from);
    const auto end = to.empty() ? disk_->rows_.end() : disk_->rows_.lower_bound(to);
    const auto take = [&](const auto& row) {
      if (const std::string* value = At(row.second, snapshot))
        step->emplace_back(row.first, *value);
      return step->size() < kRowsPerStep;
    };
    if (reverse) {
      for (auto row = end; row != begin;) {
        if (!take(*--row)) break;
      }
    } else {
      for (auto row = begin; row != end; ++row) {
        if (!take(*row)) break;
      }
    }
    return absl::OkStatus();
  }

  const std::shared_ptr<MemoryDisk> disk_;
};

size_t MemoryDisk::LoseBatches(size_t count) {
  MutexLock lock(mutex_);
  const size_t lost = std::min(count, undo_.size());
  for (size_t i = 0; i < lost; ++i) {
    const Undo& undo = undo_.back();
    for (auto entry = undo.rbegin(); entry != undo.rend(); ++entry) {
      const auto& [key, before] = *entry;
      if (const auto found = rows_.find(key); found != rows_.end()) {
        if (const auto& value = found->second.back().value) bytes_ -= key.size() + value->size();
        rows_.erase(found);
      }
      if (before.has_value()) {
        bytes_ += key.size() + before->size();
        rows_[key] = {{.since = writes_, .value = before}};
      }
    }
    undo_.pop_back();
  }
  return lost;
}

std::vector<std::pair<std::string, std::string>> MemoryDisk::Rows() const {
  MutexLock lock(mutex_);
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [key, versions] : rows_) {
    if (const auto& value = versions.back().value) rows.emplace_back(key, *value);
  }
  return rows;
}

std::unique_ptr<ProjectionStore> NewMemoryStore(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryStore>(std::move(disk));
}

}  // namespace redress
