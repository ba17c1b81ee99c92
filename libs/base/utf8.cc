#include "libs/base/utf8.h"

#include <cstring>

namespace redress {
namespace {

// Length of the valid character at `i`, or 0.
size_t ValidLength(std::string_view s, size_t i) {
  const auto at = [&](size_t k) { return static_cast<unsigned char>(s[k]); };
  const auto continues = [&](size_t k) { return k < s.size() && (at(k) & 0xc0) == 0x80; };
  const unsigned char c = at(i);
  if (c < 0x80) return 1;
  // Among them the Chinese characters.
  if (c >= 0xe1 && c <= 0xec) return continues(i + 1) && continues(i + 2) ? 3 : 0;
  if (c >= 0xc2 && c <= 0xdf) return continues(i + 1) ? 2 : 0;
  if (c >= 0xe0 && c <= 0xef) {
    if (!continues(i + 1) || !continues(i + 2)) return 0;
    if (c == 0xe0 && at(i + 1) < 0xa0) return 0;
    if (c == 0xed && at(i + 1) > 0x9f) return 0;
    return 3;
  }
  if (c >= 0xf0 && c <= 0xf4) {
    if (!continues(i + 1) || !continues(i + 2) || !continues(i + 3)) return 0;
    if (c == 0xf0 && at(i + 1) < 0x90) return 0;
    if (c == 0xf4 && at(i + 1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    // ASCII, eight bytes at once.
    uint64_t eight = 0;
    if (i + sizeof(eight) <= bytes.size() && static_cast<unsigned char>(bytes[i]) < 0x80) {
      std::memcpy(&eight, bytes.data() + i, sizeof(eight));
      if ((eight & 0x8080808080808080) == 0) {
        i += sizeof(eight);
        continue;
      }
    }
    const size_t length = ValidLength(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = ValidLength(bytes, i);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
    } else {
      out.append(bytes.substr(i, length));
      i += length;
    }
  }
  return out;
}

char32_t NextCodePoint(std::string_view text, size_t* position) {
  const auto at = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const size_t i = *position;
  const unsigned char c = at(i);
  if (c < 0x80) {
    *position += 1;
    return c;
  }
  const int length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  char32_t point = c & (0xff >> (length + 1));
  for (int k = 1; k < length; ++k) point = point << 6 | (at(i + k) & 0x3f);
  *position += length;
  return point;
}

std::string_view Utf8Prefix(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace redress
