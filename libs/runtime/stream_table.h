// The rows of complaints or directory entities: head and state of one stream under its id, decoded once and kept in
// a bounded cache, written back at the flush. One thread; queries on other threads decode stored rows themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
  StreamId id;
  Head head;
  State state;
  // Position of the opening record.
  RowNumber row;
  // The stream holds an event that this release does not know: heads are folded, decisions are not made.
  bool newer = false;

  // Not stored: the work that the folded state asks for.
  std::vector<WorkItem> work;
  bool dirty = false;
  uint64_t touched = 0;

  // What is stored. The layout is private; a change of it is a rebuild.
  std::string Encode() const {
    const std::string head_bytes = head.Encode();
    std::string out(1, newer ? '\1' : '\0');
    out += RowKey('-').Row(row).U32(static_cast<uint32_t>(head_bytes.size())).str().substr(1);
    out += head_bytes;
    state.AppendToString(&out);
    return out;
  }
  static absl::StatusOr<StreamRow> Decode(const StreamId& id, std::string_view bytes) {
    StreamRow row;
    row.id = id;
    const auto damaged = [&] { return absl::DataLossError(absl::StrCat("row of stream ", id.ToHex(), " is damaged")); };
    RowKeyReader reader(bytes);
    row.row = reader.Row();
    const uint32_t head_size = reader.U32();
    if (!reader.ok() || reader.rest().size() < head_size) return damaged();
    row.newer = bytes[0] != 0;
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

  // Keeps about `max_cached` clean rows decoded. `store` must outlive the table.
  StreamTable(char table, const ProjectionStore& store, size_t max_cached)
      : table_(table), store_(store), max_cached_(max_cached) {}

  // The row; one with `head.exists() == false` when the stream is not there. Valid until `Sweep`.
  absl::StatusOr<Row*> Load(const StreamId& id) {
    auto it = rows_.find(id);
    if (it == rows_.end()) {
      auto row = std::make_unique<Row>();
      REDRESS_ASSIGN_OR_RETURN(const auto stored, store_.Get(KeyOf(id)));
      if (stored) {
        REDRESS_ASSIGN_OR_RETURN(*row, Row::Decode(id, *stored));
        if (on_load_) on_load_(row.get());
      }
      row->id = id;
      it = rows_.emplace(id, std::move(row)).first;
    }
    it->second->touched = ++clock_;
    return it->second.get();
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
  void AddTo(RowBatch* batch) const {
    for (const Row* row : dirty_) batch->Put(KeyOf(row->id), row->Encode());
  }
  void Flushed() {
    for (Row* row : dirty_) row->dirty = false;
    dirty_.clear();
  }

  // Forgets the least recently used clean rows beyond the bound. No pointer to a row may be held.
  void Sweep() {
    if (rows_.size() <= max_cached_ + max_cached_ / 4) return;
    const uint64_t oldest_kept = clock_ > max_cached_ ? clock_ - max_cached_ : 0;
    absl::erase_if(rows_, [&](const auto& entry) {
      return !entry.second->dirty && entry.second->touched < oldest_kept;
    });
  }

  std::string KeyOf(const StreamId& id) const { return RowKey(table_).Id(id).str(); }

 private:
  const char table_;
  const ProjectionStore& store_;
  const size_t max_cached_;
  uint64_t clock_ = 0;
  absl::flat_hash_map<StreamId, std::unique_ptr<Row>> rows_;
  std::vector<Row*> dirty_;
  absl::AnyInvocable<void(Row*)> on_load_;
};

}  // namespace redress
