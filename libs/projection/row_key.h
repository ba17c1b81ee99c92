// Keys of projection rows: a table letter, then fixed-length big-endian parts, so that key order is
// row order. The tables are listed in docs/formats/projection.md. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/ids.h"
#include "libs/event_log/event_log.h"

namespace redress {

// Position of a stream's opening record: in-order key for all rows that belong to it.
struct RowNumber {
  Partition partition;
  Offset offset;
  friend auto operator<=>(const RowNumber&, const RowNumber&) = default;
};

class RowKey {
 public:
  explicit RowKey(char table) {
    bytes_.reserve(kUsualBytes);
    bytes_.push_back(table);
  }
  RowKey& Byte(uint8_t value) {
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  RowKey& U32(uint32_t value) { return Big(value, 4); }
  RowKey& U64(uint64_t value) { return Big(value, 8); }
  // Negative numbers sort before positive ones.
  RowKey& I64(int64_t value) { return Big(static_cast<uint64_t>(value) ^ uint64_t{1} << 63, 8); }
  RowKey& Bytes(std::string_view bytes) {
    bytes_.append(bytes);
    return *this;
  }
  template <typename Tag>
  RowKey& Id(const Id16<Tag>& id) {
    return Bytes(id.bytes());
  }
  RowKey& Row(const RowNumber& row) {
    return U32(static_cast<uint32_t>(row.partition.value()))
        .U64(static_cast<uint64_t>(row.offset.value()));
  }
  // Moves the key out: to be called last.
  std::string str() { return std::move(bytes_); }
  operator std::string_view() const { return bytes_; }  // NOLINT: a key is its bytes

 private:
  // Most keys are no longer: they are allocated once.
  static constexpr size_t kUsualBytes = 47;

  RowKey& Big(uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<char>(value >> shift));
    return *this;
  }
  std::string bytes_;
};

// Reads the parts of a key (after its table letter) in the same order. Reading past the end gives
// zeros and `ok() == false`.
class RowKeyReader {
 public:
  explicit RowKeyReader(std::string_view key)
      : rest_(key.substr(key.empty() ? 0 : 1)), ok_(!key.empty()) {}
  uint8_t Byte() { return static_cast<uint8_t>(Big(1)); }
  uint32_t U32() { return static_cast<uint32_t>(Big(4)); }
  uint64_t U64() { return Big(8); }
  int64_t I64() { return static_cast<int64_t>(Big(8) ^ uint64_t{1} << 63); }
  template <typename IdType>
  IdType Id() {
    if (rest_.size() < IdType::kSize) {
      ok_ = false;
      return IdType();
    }
    IdType id = *IdType::FromBytes(rest_.substr(0, IdType::kSize));
    rest_.remove_prefix(IdType::kSize);
    return id;
  }
  RowNumber Row() {
    const auto partition = Partition(static_cast<int32_t>(U32()));
    return {partition, Offset(static_cast<int64_t>(U64()))};
  }
  std::string_view rest() const { return rest_; }
  bool ok() const { return ok_; }

 private:
  uint64_t Big(size_t bytes) {
    if (rest_.size() < bytes) {
      ok_ = false;
      rest_ = {};
      return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<uint8_t>(rest_[i]);
    rest_.remove_prefix(bytes);
    return value;
  }

  std::string_view rest_;
  bool ok_;
};

// First key after all keys that begin with `prefix`; empty when there is none.
inline std::string AfterPrefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  return end;
}

// Tables that every projection has. Services use other letters.
inline constexpr char kStreamTable = 'S';
inline constexpr char kEntityTable = 'D';
inline constexpr char kWorkTable = 'W';
inline constexpr char kPositionTable = 'P';
inline constexpr char kMetaTable = 'M';
inline constexpr char kNewerTable = 'N';

}  // namespace redress
