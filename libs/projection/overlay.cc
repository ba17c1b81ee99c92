#include "libs/projection/overlay.h"

#include <utility>

namespace redress {

absl::StatusOr<std::optional<std::string>> Overlay::Get(std::string_view key) const {
  auto it = rows_.find(key);
  if (it != rows_.end()) return it->second.value;
  return store_.Get(key);
}

void Overlay::Put(std::string_view key, std::string value) { Set(key, std::move(value), false); }

void Overlay::PutNew(std::string_view key, std::string value) { Set(key, std::move(value), true); }

void Overlay::Delete(std::string_view key) {
  auto it = rows_.find(key);
  if (it != rows_.end() && it->second.born_here) {
    bytes_ -= key.size() + (it->second.value ? it->second.value->size() : 0);
    rows_.erase(it);
    return;
  }
  Set(key, std::nullopt, false);
}

void Overlay::Set(std::string_view key, std::optional<std::string> value, bool born_here) {
  auto [it, inserted] = rows_.try_emplace(key);
  if (inserted) {
    it->second.born_here = born_here;
    bytes_ += key.size();
  } else if (it->second.value) {
    bytes_ -= it->second.value->size();
  }
  if (value) bytes_ += value->size();
  it->second.value = std::move(value);
}

void Overlay::MoveInto(RowBatch* batch) {
  for (auto it = rows_.begin(); it != rows_.end();) {
    auto node = rows_.extract(it++);
    if (node.mapped().value) {
      batch->Put(std::move(node.key()), *std::move(node.mapped().value));
    } else {
      batch->Delete(std::move(node.key()));
    }
  }
  bytes_ = 0;
}

void Overlay::TakeBack(const RowBatch& batch) {
  for (const RowBatch::Row& row : batch.rows()) Set(row.key, row.value, false);
}

}  // namespace redress
