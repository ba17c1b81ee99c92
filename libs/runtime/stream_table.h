// The rows of complaints or directory entities: head and state of one stream under its id, decoded
// once and kept in a bounded cache, written back at the flush. One thread; queries on other threads
// decode stored rows themselves.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/domain/verdict.h"
#include "libs/projection/row_key.h"
#include "libs/runtime/work_item.h"

namespace redress {

template <typename State>
struct StreamRow {
  // In the first byte of a stored row.
  static constexpr int kNewer = 1;
  static constexpr int kMoreFollows = 2;

  StreamId id;
  Head head;
  State state;
  // Position of the opening record.
  RowNumber row;
  // The stream holds an event that this release does not know: heads are folded, decisions are not
  // made.
  bool newer = false;
  // What the latest effective event said: more of an import's history follows, automatic work waits
  // (events.md 0, rule 9). Of the header, as the head is: any event may end it, whatever aspects it
  // writes.
  bool more_follows = false;
  // The newest recorded time of its effective events, µs.
  int64_t newest_recorded_us = 0;

  // Not stored: the work that the folded state asks for.
  std::vector<WorkItem> work;
  bool dirty = false;
  // False while it is being read from the store, where its work is stored as well.
  bool cached = false;
  // As last encoded: a measure of the memory that the row takes (about five times as much).
  size_t encoded_bytes = 0;

  // What is stored. The layout is private; a change of it is a rebuild.
  std::string Encode() const {
    const std::string head_bytes = head.Encode();
    std::string out;
    out.reserve(64 + head_bytes.size() + state.ByteSizeLong());
    out += RowKey(static_cast<char>((newer ? kNewer : 0) | (more_follows ? kMoreFollows : 0)))
               .Row(row)
               .I64(newest_recorded_us)
               .U32(static_cast<uint32_t>(head_bytes.size()))
               .str();
    out += head_bytes;
    state.AppendToString(&out);
    return out;
  }
  static absl::StatusOr<StreamRow> Decode(const StreamId& id, std::string_view bytes) {
    StreamRow row;
    row.id = id;
    const auto damaged = [&] {
      return absl::DataLossError(absl::StrCat("row of stream ", id.ToHex(), " is damaged"));
    };
    RowKeyReader reader(bytes);
    row.row = reader.Row();
    row.newest_recorded_us = reader.I64();
    const uint32_t head_size = reader.U32();
    if (!reader.ok() || reader.rest().size() < head_size) return damaged();
    row.newer = (bytes[0] & kNewer) != 0;
    row.more_follows = (bytes[0] & kMoreFollows) != 0;
    auto head = Head::Decode(reader.rest().substr(0, head_size));
    if (!head) return damaged();
    row.head = *std::move(head);
    const std::string_view state = reader.rest().substr(head_size);
    if (!row.state.ParseFromArray(state.data(), static_cast<int>(state.size()))) return damaged();
    return row;
  }
};

template <typename State>
class StreamTable {
 public:
  using Row = StreamRow<State>;

  // Keeps clean rows of about `max_cached_bytes`, encoded, decoded. `store` must outlive the table.
  StreamTable(char table, const ProjectionStore& store, size_t max_cached_bytes)
      : table_(table), store_(store), max_cached_bytes_(max_cached_bytes) {}

  // The row; one with `head.exists() == false` when the stream is not there. Valid until `Sweep`.
  absl::StatusOr<Row*> Load(const StreamId& id) {
    const auto known = by_id_.find(id);
    if (known != by_id_.end()) {
      rows_.splice(rows_.begin(), rows_, known->second);
      return &rows_.front();
    }
    REDRESS_ASSIGN_OR_RETURN(const auto stored, store_.Get(KeyOf(id)));
    rows_.emplace_front();
    if (stored) {
      auto row = Row::Decode(id, *stored);
      if (!row.ok()) {
        rows_.pop_front();
        return row.status();
      }
      rows_.front() = *std::move(row);
      rows_.front().encoded_bytes = stored->size();
      if (on_load_) on_load_(&rows_.front());
    }
    Row& row = rows_.front();
    row.id = id;
    row.cached = true;
    cached_bytes_ += CostOf(row);
    by_id_.emplace(id, rows_.begin());
    return &row;
  }
  // Called for each row read from the store, to restore what is derived from it.
  void SetOnLoad(absl::AnyInvocable<void(Row*)> on_load) { on_load_ = std::move(on_load); }

  void MarkDirty(Row* row) {
    if (row->dirty) return;
    row->dirty = true;
    dirty_.push_back(row);
  }
  size_t dirty_rows() const { return dirty_.size(); }

  // Adds all changed rows. They stay marked until `Flushed`.
  void AddTo(RowBatch* batch) {
    for (Row* row : dirty_) {
      std::string bytes = row->Encode();
      cached_bytes_ += bytes.size() - row->encoded_bytes;
      row->encoded_bytes = bytes.size();
      batch->Put(KeyOf(row->id), std::move(bytes));
    }
  }
  void Flushed() {
    for (Row* row : dirty_) row->dirty = false;
    dirty_.clear();
  }

  // Forgets the least recently used clean rows beyond the bound. No pointer to a row may be held.
  void Sweep() {
    // Changed rows stay until they are flushed, and with them what was used later.
    while (cached_bytes_ > max_cached_bytes_ && !rows_.empty() && !rows_.back().dirty) {
      cached_bytes_ -= CostOf(rows_.back());
      by_id_.erase(rows_.back().id);
      rows_.pop_back();
    }
  }
  size_t cached_rows() const { return by_id_.size(); }

  std::string KeyOf(const StreamId& id) const { return RowKey(table_).Id(id).str(); }

 private:
  // A row that does not exist takes memory too.
  static size_t CostOf(const Row& row) { return row.encoded_bytes + 256; }

  const char table_;
  const ProjectionStore& store_;
  const size_t max_cached_bytes_;
  size_t cached_bytes_ = 0;
  // The most recently used first.
  std::list<Row> rows_;
  absl::flat_hash_map<StreamId, typename std::list<Row>::iterator> by_id_;
  std::vector<Row*> dirty_;
  absl::AnyInvocable<void(Row*)> on_load_;
};

}  // namespace redress
