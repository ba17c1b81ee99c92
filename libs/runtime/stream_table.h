// The rows of complaints or directory entities: head and state of one stream under its id, decoded
// once and kept in a bounded cache, written back at the flush. One thread; queries on other threads
// decode stored rows themselves.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "libs/base/status.h"
#include "libs/domain/verdict.h"
#include "libs/projection/projection_store.h"
#include "libs/projection/row_key.h"
#include "libs/runtime/work_item.h"

namespace redress {

// Where the state of one row lies: one piece of memory with room for the usual state, so that a row
// comes and goes at once and not field by field.
class StateHome {
 public:
  StateHome() : arena_(Options(block_)) {}
  google::protobuf::Arena* arena() { return &arena_; }
  // What the state has taken so far, with all that it has outgrown.
  size_t bytes() const { return arena_.SpaceAllocated(); }

 private:
  static constexpr size_t kBlockBytes = 1536;
  static google::protobuf::ArenaOptions Options(char* block) {
    google::protobuf::ArenaOptions options;
    options.initial_block = block;
    options.initial_block_size = kBlockBytes;
    options.start_block_size = 1024;
    return options;
  }

  alignas(8) char block_[kBlockBytes];
  google::protobuf::Arena arena_;
};

template <typename State>
struct StreamRow {
  // In the first byte of a stored row.
  static constexpr int kNewer = 1;
  static constexpr int kMoreFollows = 2;

  std::unique_ptr<StateHome> home = std::make_unique<StateHome>();
  StreamId id;
  Head head;
  State& state = *google::protobuf::Arena::CreateMessage<State>(home->arena());
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

  StreamRow() = default;
  // Moved from, a row has no state any more: it may only be destroyed or moved to.
  StreamRow(StreamRow&&) noexcept = default;
  StreamRow& operator=(StreamRow&& other) noexcept {
    if (this == &other) return *this;
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
  }
  StreamRow(const StreamRow& other) { *this = other; }
  StreamRow& operator=(const StreamRow& other) {
    id = other.id;
    head = other.head;
    state.CopyFrom(other.state);
    row = other.row;
    newer = other.newer;
    more_follows = other.more_follows;
    newest_recorded_us = other.newest_recorded_us;
    work = other.work;
    dirty = other.dirty;
    cached = other.cached;
    encoded_bytes = other.encoded_bytes;
    return *this;
  }

  // What is stored. The layout is private; a change of it is a rebuild.
  std::string Encode() const {
    const std::string head_bytes = head.Encode();
    const size_t state_bytes = state.ByteSizeLong();
    std::string out;
    out.reserve(64 + head_bytes.size() + state_bytes);
    out += RowKey(static_cast<char>((newer ? kNewer : 0) | (more_follows ? kMoreFollows : 0)))
               .Row(row)
               .I64(newest_recorded_us)
               .U32(static_cast<uint32_t>(head_bytes.size()))
               .str();
    out += head_bytes;
    const size_t before = out.size();
    out.resize(before + state_bytes);
    // The sizes of the parts are those of a moment ago.
    state.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(out.data() + before));
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
    if (stored) {
      REDRESS_ASSIGN_OR_RETURN(Row row, Row::Decode(id, *stored));
      rows_.push_front(std::move(row));
      rows_.front().encoded_bytes = stored->size();
      if (on_load_) on_load_(&rows_.front());
    } else {
      rows_.emplace_front();
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
      if (row->home->bytes() > kMostBytesPerEncoded * bytes.size() + kMostBytes)
        overgrown_.push_back(row->id);
      batch->Put(KeyOf(row->id), std::move(bytes));
    }
  }
  void Flushed() {
    for (Row* row : dirty_) row->dirty = false;
    dirty_.clear();
  }

  // Forgets the least recently used clean rows beyond the bound. No pointer to a row may be held.
  void Sweep() {
    GiveNewHomes();
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
  // A home with more than this is mostly what its state has outgrown.
  static constexpr size_t kMostBytesPerEncoded = 16;
  static constexpr size_t kMostBytes = 16 << 10;

  void GiveNewHomes() {
    for (const StreamId& id : overgrown_) {
      const auto known = by_id_.find(id);
      if (known == by_id_.end() || known->second->dirty) continue;
      const auto old = known->second;
      known->second = rows_.insert(old, Row(std::as_const(*old)));
      rows_.erase(old);
    }
    overgrown_.clear();
  }
  // A row that does not exist has a home too; bytes count as encoded (see `encoded_bytes`).
  static size_t CostOf(const Row& row) { return row.encoded_bytes + sizeof(StateHome) / 4; }

  const char table_;
  const ProjectionStore& store_;
  const size_t max_cached_bytes_;
  size_t cached_bytes_ = 0;
  // The most recently used first.
  std::list<Row> rows_;
  absl::flat_hash_map<StreamId, typename std::list<Row>::iterator> by_id_;
  std::vector<Row*> dirty_;
  std::vector<StreamId> overgrown_;
  absl::AnyInvocable<void(Row*)> on_load_;
};

}  // namespace redress
