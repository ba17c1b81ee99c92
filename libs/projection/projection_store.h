// The port `ProjectionStore`: the ordered key-value rows of one service's projection. Adapters:
// rocksdb/, memory/; the suite of contract/ holds what is said here against each of them. Rows are
// rebuildable from the log, so a store promises order and atomicity, not durability: after a crash
// it holds a prefix of the batches that were written to it.
//
// Threads: `Write` by one thread; `Get` and `Scan` by any, at any time, seeing whole batches only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace redress {

// One atomic change: later entries win over earlier ones of the same key.
class RowBatch {
 public:
  void Put(std::string key, std::string value) {
    rows_.push_back({std::move(key), std::move(value)});
  }
  void Delete(std::string key) { rows_.push_back({std::move(key), std::nullopt}); }
  void Reserve(size_t rows) { rows_.reserve(rows); }
  void Clear() { rows_.clear(); }
  bool empty() const { return rows_.empty(); }
  size_t size() const { return rows_.size(); }
  // Keys and values, bytes.
  size_t bytes() const {
    size_t total = 0;
    for (const Row& row : rows_) total += row.key.size() + (row.value ? row.value->size() : 0);
    return total;
  }

  struct Row {
    std::string key;
    std::optional<std::string> value;
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
};

class ProjectionStore {
 public:
  virtual ~ProjectionStore() = default;

  // The row, or nothing. DATA_LOSS when the store is damaged.
  virtual absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const = 0;

  // Visits rows with `from` <= key < `to` in key order (or from the end when `reverse`) on one
  // snapshot, until `visit` returns false. An empty `to` means no upper bound; `to` at or below
  // `from` means no row. `visit` may call the store, `Write` included. DATA_LOSS when the store is
  // damaged; rows visited before that are right.
  virtual absl::Status Scan(
      std::string_view from, std::string_view to, bool reverse,
      absl::FunctionRef<bool(std::string_view key, std::string_view value)> visit) const = 0;

  // All rows of the batch or none. RESOURCE_EXHAUSTED: disk full, nothing was written, call again
  // later; any other error: the store is not usable until it is opened again.
  virtual absl::Status Write(const RowBatch& batch) = 0;

  // For metrics; approximate, cheap enough for every scrape.
  struct Memory {
    // Written, not yet in a table file.
    uint64_t memtable_bytes = 0;
    // The block cache, shared by all stores of the process: the same number in each.
    uint64_t cache_bytes = 0;
    // Indexes and filters outside the cache.
    uint64_t table_reader_bytes = 0;
    uint64_t disk_bytes = 0;
  };
  virtual Memory memory() const = 0;
};

}  // namespace redress
