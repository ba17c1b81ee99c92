// Reads numbers, months and money as people write them in Chinese and English. Parts of
// FindEntities, private to this room. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "redress/event/v1/shared.pb.h"

namespace redress::classifier {

// Digits at the start of `text`, at most `most` of them; the number, or nothing.
struct Digits {
  int64_t value = 0;
  size_t length = 0;
};
Digits ReadDigits(std::string_view text, size_t most);

// "2026-03-05", "5/3/2026", "2026年3月5日", "3月5号" at the start of `text` (which begins with a
// digit), or "5 March 2026", "5th of March", "March 5, 2026" (which begins with the month).
struct DateFound {
  // 0: not named.
  int year = 0;
  int month = 0;
  int day = 0;
  size_t length = 0;
};
std::optional<DateFound> ReadDate(std::string_view text, bool month_first);
// ISO 8601; "--03-05" without year.
std::string DateValue(const DateFound& date);

// A number with its currency before ("¥1,299.00", "RMB 300") or behind ("300元", "1.5万元", "20
// pounds"). `words[at]` is the number's first digit.
struct AmountFound {
  size_t begin = 0;
  size_t end = 0;
  event::v1::Money money;
};
std::optional<AmountFound> ReadAmount(std::string_view words, size_t at);

}  // namespace redress::classifier
