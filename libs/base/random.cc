#include "libs/base/random.h"

namespace redress {

EventId NewEventId(absl::Time now, Random& random) {
  const auto ms = static_cast<uint64_t>(absl::ToUnixMillis(now));
  const uint64_t high = random.Next();
  const uint64_t low = random.Next();
  std::array<uint8_t, 16> bytes;
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  bytes[6] = static_cast<uint8_t>(0x70 | (high >> 8 & 0x0f));
  bytes[7] = static_cast<uint8_t>(high);
  for (int i = 0; i < 8; ++i) bytes[8 + i] = static_cast<uint8_t>(low >> (56 - 8 * i));
  bytes[8] = static_cast<uint8_t>(0x80 | (bytes[8] & 0x3f));
  return EventId(bytes);
}

absl::Time TimeOf(const EventId& id) {
  uint64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | static_cast<uint8_t>(id.bytes()[i]);
  return absl::FromUnixMillis(static_cast<int64_t>(ms));
}

}  // namespace redress
