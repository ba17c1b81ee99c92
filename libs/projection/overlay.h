// The write-back overlay: changed rows in memory over a ProjectionStore, written as one batch per
// flush (architecture §4). A row that is born and dies between two flushes never reaches the store,
// and many changes of one row cost one write. Reads by key go through it; scans do not. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "libs/base/text.h"
#include "libs/projection/projection_store.h"

namespace redress {

class Overlay {
 public:
  // `store` must outlive the overlay.
  explicit Overlay(const ProjectionStore& store) : store_(store) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const;
  void Put(std::string_view key, std::string value);
  // As `Put`, for a key that the store surely does not hold (rows keyed by something never used
  // before): deleting it before the next flush then costs nothing.
  void PutNew(std::string_view key, std::string value);
  void Delete(std::string_view key);

  size_t dirty_rows() const { return rows_.size(); }
  size_t dirty_bytes() const { return bytes_; }

  // Moves all changed rows into `batch`; afterwards reads fall through to the store, so the batch
  // must be written before the next read.
  void MoveInto(RowBatch* batch);
  // The batch could not be written: its rows are changed rows again.
  void TakeBack(const RowBatch& batch);

 private:
  struct Row {
    std::optional<std::string> value;
    bool born_here = false;
  };
  void Set(std::string_view key, std::optional<std::string> value, bool born_here);

  const ProjectionStore& store_;
  absl::flat_hash_map<std::string, Row, TextHash, TextEqual> rows_;
  size_t bytes_ = 0;
};

}  // namespace redress
