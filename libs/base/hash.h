// SHA-256 and what is made of it: content hashes, request ids, keyed complaint ids, tracking codes.
// The formulas stand in docs/formats/keys.md. ON THE LOG: DO NOT CHANGE. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "libs/base/ids.h"

namespace redress {

std::array<uint8_t, 32> Sha256(std::string_view bytes);
std::array<uint8_t, 32> HmacSha256(std::string_view secret, std::string_view bytes);

// The parts joined so that no two lists of parts give the same bytes: each is preceded by its
// length as a 4-byte big-endian number.
std::string LengthPrefixed(std::initializer_list<std::string_view> parts);
// One part more.
void AppendLengthPrefixed(std::string_view part, std::string* joined);

// First 16 bytes of SHA-256 of the length-prefixed parts.
template <typename Id>
Id HashedId(std::initializer_list<std::string_view> parts) {
  const auto digest = Sha256(LengthPrefixed(parts));
  return *Id::FromBytes(std::string_view(reinterpret_cast<const char*>(digest.data()), Id::kSize));
}

// First 16 bytes of HMAC-SHA-256 of the length-prefixed parts.
template <typename Id>
Id KeyedId(std::string_view secret, std::initializer_list<std::string_view> parts) {
  const auto digest = HmacSha256(secret, LengthPrefixed(parts));
  return *Id::FromBytes(std::string_view(reinterpret_cast<const char*>(digest.data()), Id::kSize));
}

// First 16 bytes of SHA-256 of the bytes themselves.
ContentHash HashOf(std::string_view bytes);

// Directory entity of a kind ("team", "agent", "scope", …) and code: first 16 bytes of SHA-256 of
// both.
EntityId EntityIdOf(std::string_view kind, std::string_view code);

// What the complainant sees: 12 base-32 characters (Crockford) of a hash of the complaint id and a
// check character, written XXXX-XXXX-XXXX-C.
std::string TrackingCodeOf(const ComplaintId& complaint);

// A tracking code as typed (case, blanks, dashes, O for 0, I and L for 1) in its canonical form, or
// an empty string when it cannot be one: wrong length, wrong character or wrong check character.
std::string CanonicalTrackingCode(std::string_view typed);

}  // namespace redress
