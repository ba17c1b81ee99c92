#include "libs/runtime/work_table.h"

#include <algorithm>
#include <limits>

#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/projection/row_key.h"

namespace redress {
namespace {

constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
constexpr int64_t kLast = std::numeric_limits<int64_t>::max();

std::string PrefixOf(WorkKind kind, int64_t order) {
  return RowKey(kWorkTable).Byte(kind).I64(order).str();
}

std::string CursorKey(WorkKind kind) { return RowKey(kMetaTable).Bytes("cursor").Byte(kind).str(); }

}  // namespace

std::string WorkTable::KeyOf(const WorkItem& item) {
  return RowKey(kWorkTable)
      .Byte(item.kind)
      .I64(item.order)
      .Id(item.stream)
      .Bytes(item.subject)
      .str();
}

bool WorkTable::InWindow(const WorkItem& item) const {
  return options_.timer_kinds.count(item.kind) == 0 || item.order < horizon_;
}

absl::Status WorkTable::ReadRange(WorkKind kind, int64_t from_order, int64_t to_order) {
  return store_.Scan(PrefixOf(kind, from_order), PrefixOf(kind, to_order), false,
                     [&](std::string_view key, std::string_view value) {
                       RowKeyReader reader(key);
                       WorkItem item;
                       item.kind = reader.Byte();
                       item.order = reader.I64();
                       item.stream = reader.Id<StreamId>();
                       item.subject = std::string(reader.rest());
                       const std::string row = "W" + std::string(value);
                       RowKeyReader fields(row);
                       item.not_before_us = fields.I64();
                       item.cause = fields.Id<EventId>();
                       item.unit = Partition(static_cast<int32_t>(fields.U32()));
                       Insert(std::move(item));
                       return true;
                     });
}

absl::Status WorkTable::Refill(absl::Time now) {
  kinds_.clear();
  waiting_.clear();
  size_ = 0;
  parked_ = 0;
  horizon_ = ToMicros(now + options_.timer_window);
  for (int kind = 1; kind < 32; ++kind) {
    const auto work_kind = static_cast<WorkKind>(kind);
    if (options_.timer_kinds.count(work_kind) == 0) {
      REDRESS_RETURN_IF_ERROR(ReadRange(work_kind, kFirst, kLast));
      continue;
    }
    REDRESS_ASSIGN_OR_RETURN(const auto cursor, store_.Get(CursorKey(work_kind)));
    const std::string row = "M" + cursor.value_or("");
    const int64_t from = cursor ? RowKeyReader(row).I64() : kFirst;
    REDRESS_RETURN_IF_ERROR(ReadRange(work_kind, from, horizon_));
  }
  return absl::OkStatus();
}

absl::Time WorkTable::next_window() const {
  if (options_.timer_kinds.empty()) return absl::InfiniteFuture();
  return FromMicros(horizon_) - options_.timer_window / 2;
}

absl::Status WorkTable::ReadMoreTimers(absl::Time now) {
  const int64_t to = ToMicros(now + options_.timer_window);
  for (WorkKind kind : options_.timer_kinds) REDRESS_RETURN_IF_ERROR(ReadRange(kind, horizon_, to));
  horizon_ = std::max(horizon_, to);
  return absl::OkStatus();
}

void WorkTable::Add(const WorkItem& item) {
  std::string value = RowKey('-')
                          .I64(item.not_before_us)
                          .Id(item.cause)
                          .U32(static_cast<uint32_t>(item.unit.value()))
                          .str()
                          .substr(1);
  // The table mirrors the store, so a row that is added is not stored (but for one whose deletion
  // is still here).
  overlay_->PutNew(KeyOf(item), std::move(value));
  if (!InWindow(item)) return;
  Erase(item);
  Insert(item);
}

void WorkTable::Remove(const WorkItem& item) {
  // Of what is mirrored, a row that is not here is not stored either.
  if (Erase(item) || !InWindow(item)) overlay_->Delete(KeyOf(item));
}

void WorkTable::Insert(WorkItem item) {
  Kind& kind = kinds_[item.kind];
  Place place = PlaceOf(item);
  const auto [it, inserted] = kind.rows.try_emplace(std::move(place));
  if (!inserted) return;
  it->second.item = std::move(item);
  Count(&it->second);
  kind.offered.insert(&it->second);
  ++size_;
}

bool WorkTable::Erase(const WorkItem& item) {
  Kind& kind = kinds_[item.kind];
  auto it = kind.rows.find(PlaceOf(item));
  if (it == kind.rows.end()) return false;
  Park(&it->second, false);
  Unwait(&it->second);
  Count(&it->second, false);
  if (!it->second.taken) kind.offered.erase(&it->second);
  kind.rows.erase(it);
  --size_;
  return true;
}

void WorkTable::Take(Row* row) {
  if (std::exchange(row->taken, true)) return;
  kinds_[row->item.kind].offered.erase(row);
}

void WorkTable::Offer(Row* row) {
  Unwait(row);
  if (!std::exchange(row->taken, false)) return;
  kinds_[row->item.kind].offered.insert(row);
}

void WorkTable::Park(Row* row, bool parked) {
  if (row->parked == parked) return;
  row->parked = parked;
  const int more = parked ? 1 : -1;
  parked_ += more;
  kinds_[row->item.kind].parked += more;
  Count(row);
}

void WorkTable::Count(Row* row, bool under_way) {
  if (std::exchange(row->counted, under_way) == under_way) return;
  kinds_[row->item.kind].under_way[row->item.unit] += under_way ? 1 : -1;
}

const absl::flat_hash_map<Partition, size_t>& WorkTable::under_way(WorkKind kind) const {
  static const auto& none = *new absl::flat_hash_map<Partition, size_t>();
  const auto it = kinds_.find(kind);
  return it == kinds_.end() ? none : it->second.under_way;
}

size_t WorkTable::parked(WorkKind kind) const {
  const auto it = kinds_.find(kind);
  return it == kinds_.end() ? 0 : it->second.parked;
}

void WorkTable::Wait(Row* row, absl::Time at, const std::string& gate) {
  Gate* const behind = &kinds_[row->item.kind].gates[gate];
  // Who stood for this gate and waits behind it again found nothing: nobody behind does.
  if (row->first && row->gate == behind) {
    --behind->firsts;
    row->first = false;
  }
  Unwait(row);
  Take(row);
  row->gate = behind;
  row->retry_at = at;
  behind->waiting.insert(row);
  waiting_.insert(row);
  Count(row);
}

void WorkTable::Unwait(Row* row) {
  if (row->retry_at != absl::InfinitePast()) {
    waiting_.erase(row);
    row->gate->waiting.erase(row);
    row->gate = nullptr;
    row->retry_at = absl::InfinitePast();
    Count(row);
  } else {
    LeaveGate(row);
  }
}

void WorkTable::LeaveGate(Row* row) {
  if (!std::exchange(row->first, false)) return;
  Gate* const gate = std::exchange(row->gate, nullptr);
  --gate->firsts;
  OfferFirst(gate);
}

void WorkTable::OfferFirst(Gate* gate) {
  if (gate->waiting.empty()) return;
  Row* const row = *gate->waiting.begin();
  Offer(row);
  row->gate = gate;
  row->first = true;
  ++gate->firsts;
}

absl::Time WorkTable::OfferDue(absl::Time now) {
  while (!waiting_.empty() && (*waiting_.begin())->retry_at <= now) Offer(*waiting_.begin());
  return waiting_.empty() ? absl::InfiniteFuture() : (*waiting_.begin())->retry_at;
}

void WorkTable::OpenGates(WorkKind kind) {
  auto& gates = kinds_[kind].gates;
  for (auto it = gates.begin(); it != gates.end();) {
    const auto& name = it->first;
    Gate& gate = it->second;
    if (name.empty()) {
      while (!gate.waiting.empty()) Offer(*gate.waiting.begin());
    } else if (gate.firsts == 0) {
      OfferFirst(&gate);
    }
    it = gate.waiting.empty() && gate.firsts == 0 ? gates.erase(it) : std::next(it);
  }
}

void WorkTable::OfferAll(WorkKind kind) {
  for (auto& [name, gate] : kinds_[kind].gates) {
    while (!gate.waiting.empty()) Offer(*gate.waiting.begin());
  }
}

void WorkTable::Served(Row* row) {
  if (row->retry_at == absl::InfinitePast()) LeaveGate(row);
}

void WorkTable::Change(const std::vector<WorkItem>& before, const std::vector<WorkItem>& after) {
  for (const WorkItem& item : before) {
    if (std::find(after.begin(), after.end(), item) == after.end()) Remove(item);
  }
  for (const WorkItem& item : after) {
    if (std::find(before.begin(), before.end(), item) == before.end()) Add(item);
  }
}

const WorkTable::Rows& WorkTable::rows(WorkKind kind) const {
  static const auto& empty = *new Rows();
  auto it = kinds_.find(kind);
  return it == kinds_.end() ? empty : it->second.rows;
}

WorkTable::Row* WorkTable::Find(WorkKind kind, const Place& place) {
  auto it = kinds_.find(kind);
  if (it == kinds_.end()) return nullptr;
  auto row = it->second.rows.find(place);
  return row == it->second.rows.end() ? nullptr : &row->second;
}

bool WorkTable::Contains(const WorkItem& item) const {
  const auto& kind_rows = rows(item.kind);
  auto it = kind_rows.find(PlaceOf(item));
  return it != kind_rows.end() && it->second.item == item;
}

void WorkTable::AddCursors(RowBatch* batch) const {
  for (WorkKind kind : options_.timer_kinds) {
    const auto& kind_rows = rows(kind);
    const int64_t cursor =
        kind_rows.empty() ? horizon_ : std::min(horizon_, kind_rows.begin()->first.order);
    batch->Put(CursorKey(kind), RowKey('M').I64(cursor).str().substr(1));
  }
}

}  // namespace redress
