// Strong types for every identity and number that crosses a function: an offset cannot be passed
// for a version. Value types, no allocation; thread-safe as values are.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"

namespace redress {

// A 16-byte identity. All zero means "none".
template <typename Tag>
class Id16 {
 public:
  static constexpr size_t kSize = 16;

  constexpr Id16() = default;
  explicit constexpr Id16(const std::array<uint8_t, kSize>& bytes) : bytes_(bytes) {}

  // The id in `bytes`, or nothing unless exactly 16 bytes long.
  static std::optional<Id16> FromBytes(std::string_view bytes) {
    if (bytes.size() != kSize) return std::nullopt;
    Id16 id;
    std::memcpy(id.bytes_.data(), bytes.data(), kSize);
    return id;
  }
  // As `FromBytes`, but "none" for any other length.
  static Id16 FromBytesOrNone(std::string_view bytes) { return FromBytes(bytes).value_or(Id16()); }
  // The id written as 32 hexadecimal digits, or nothing.
  static std::optional<Id16> FromHex(std::string_view hex) {
    if (hex.size() != 2 * kSize) return std::nullopt;
    for (char c : hex) {
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
        return std::nullopt;
    }
    return FromBytes(absl::HexStringToBytes(absl::string_view(hex.data(), hex.size())));
  }

  std::string_view bytes() const {
    return std::string_view(reinterpret_cast<const char*>(bytes_.data()), kSize);
  }
  std::string ToBytes() const { return std::string(bytes()); }
  std::string ToHex() const {
    return absl::BytesToHexString(absl::string_view(bytes().data(), kSize));
  }
  bool is_none() const { return *this == Id16(); }
  explicit operator bool() const { return !is_none(); }

  // First 8 bytes, big-endian: what the partition is taken from.
  uint64_t Prefix64() const {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | bytes_[i];
    return value;
  }

  friend constexpr auto operator<=>(const Id16&, const Id16&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Id16& id) {
    return H::combine_contiguous(std::move(h), id.bytes_.data(), kSize);
  }
  friend std::ostream& operator<<(std::ostream& out, const Id16& id) { return out << id.ToHex(); }

 private:
  std::array<uint8_t, kSize> bytes_{};
};

// An integer that is not interchangeable with others of the same width.
template <typename Tag, typename Int = int64_t>
class NamedInt {
 public:
  constexpr NamedInt() = default;
  explicit constexpr NamedInt(Int value) : value_(value) {}
  constexpr Int value() const { return value_; }
  constexpr NamedInt Next() const { return NamedInt(value_ + 1); }

  friend constexpr auto operator<=>(const NamedInt&, const NamedInt&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const NamedInt& n) {
    return H::combine(std::move(h), n.value_);
  }
  friend std::ostream& operator<<(std::ostream& out, const NamedInt& n) { return out << n.value_; }

 private:
  Int value_ = 0;
};

// A complaint or a directory entity: one stream of events.
using StreamId = Id16<struct StreamIdTag>;
using ComplaintId = StreamId;
using EventId = Id16<struct EventIdTag>;
using RequestId = Id16<struct RequestIdTag>;
using LogId = Id16<struct LogIdTag>;
// Content hash (first 16 bytes of SHA-256) of a policy manifest or part.
using ContentHash = Id16<struct ContentHashTag>;
// Agent, team: directory entities named inside a complaint.
using EntityId = StreamId;

// Number of effective events of one stream.
using Version = NamedInt<struct VersionTag, uint64_t>;
// Place in a partition; strictly rising, not dense.
using Offset = NamedInt<struct OffsetTag, int64_t>;
using Partition = NamedInt<struct PartitionTag, int32_t>;
// n-th record of a partition, from 0; survives a copy to another log.
using Ordinal = NamedInt<struct OrdinalTag, int64_t>;

}  // namespace redress
