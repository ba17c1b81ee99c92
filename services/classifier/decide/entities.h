// What a text names: e-mail addresses, telephone numbers, amounts with their currency, dates, order
// numbers; in Chinese and English (F1.10, F4.5). Texts of entities are personal and go into the
// sealed companion only; how many of a kind there are is clear. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redress/event/v1/shared.pb.h"

namespace redress::classifier {

inline constexpr std::string_view kMail = "mail";
inline constexpr std::string_view kPhone = "phone";
inline constexpr std::string_view kAmount = "amount";
inline constexpr std::string_view kDate = "date";
inline constexpr std::string_view kOrderNumber = "order_number";

struct FoundEntity {
  // One of the above, or the kind of a policy's pattern.
  std::string_view kind;
  // Where it stands, bytes.
  size_t begin = 0;
  size_t end = 0;
  // Normalised: mail in lower case; digits of a phone, with "+" when written so; "123456 CNY" in
  // minor units; "2026-03-05", or "--03-05" when the year is not named; order number without "#".
  std::string value;
  // Of an amount.
  std::optional<event::v1::Money> money;
};

// At most so many are looked for in one text.
inline constexpr size_t kMostEntities = 64;

// In the order of their places, without overlap. `month_first`: how "03/05/2026" is meant where
// both ways are possible. `words` is valid UTF-8.
std::vector<FoundEntity> FindEntities(std::string_view words, bool month_first);

}  // namespace redress::classifier
