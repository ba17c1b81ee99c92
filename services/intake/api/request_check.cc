#include "services/intake/api/request_check.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/api/proto_time.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/domain/fold.h"

namespace redress::intake {

void RequestCheck::Text(std::string_view field, const std::string& value, size_t limit,
                        bool required) {
  if (required && value.empty()) violations_.Add(field, "required");
  if (value.size() > limit) {
    violations_.Add(field, absl::StrCat(value.size(), " bytes, at most ", limit, " are allowed"));
  }
}

void RequestCheck::Codes(std::string_view field,
                         const google::protobuf::RepeatedPtrField<std::string>& values) {
  if (values.size() > kMaxListed) {
    violations_.Add(field,
                    absl::StrCat(values.size(), " entries, at most ", kMaxListed, " are allowed"));
    return;
  }
  for (int i = 0; i < values.size(); ++i)
    Code(absl::StrCat(Absl(field), "[", i, "]"), values[i], true);
}

int64_t RequestCheck::PastTime(std::string_view field, bool present,
                               const google::protobuf::Timestamp& time, absl::Time now) {
  if (!present) return 0;
  const int64_t us = FromTimestamp(time);
  if (us > ToMicros(now)) violations_.Add(field, "lies in the future");
  if (us <= 0) violations_.Add(field, "lies before 1970");
  return us;
}

int64_t RequestCheck::FutureTime(std::string_view field, bool present,
                                 const google::protobuf::Timestamp& time, absl::Time now) {
  if (!present) return 0;
  const int64_t us = FromTimestamp(time);
  if (us <= ToMicros(now)) violations_.Add(field, "must lie in the future");
  return us;
}

std::string RequestCheck::Id(std::string_view field, const std::string& hex) {
  if (hex.empty()) return "";
  const auto id = EventId::FromHex(hex);
  if (!id) violations_.Add(field, "32 hexadecimal digits");
  return id ? id->ToBytes() : "";
}

void RequestCheck::Money(std::string_view field, const event::v1::Money& money) {
  const bool three_letters =
      money.currency().size() == 3 && std::all_of(money.currency().begin(), money.currency().end(),
                                                  [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!three_letters)
    violations_.Add(absl::StrCat(Absl(field), ".currency"), "required: ISO 4217, e.g. CNY");
  if (money.amount_minor() < 0)
    violations_.Add(absl::StrCat(Absl(field), ".amount_minor"), "must not be negative");
}

void RequestCheck::Fields(std::string_view field,
                          const google::protobuf::RepeatedPtrField<event::v1::Field>& fields) {
  if (fields.size() > kMaxFields) {
    violations_.Add(field,
                    absl::StrCat(fields.size(), " entries, at most ", kMaxFields, " are allowed"));
    return;
  }
  std::set<std::string> seen;
  for (int i = 0; i < fields.size(); ++i) {
    const std::string at = absl::StrCat(Absl(field), "[", i, "]");
    Code(at + ".field_id", fields[i].field_id(), true);
    Text(at + ".text", fields[i].text(), kMaxText);
    Enum(at + ".type", fields[i].type(), event::v1::Field::Type_IsValid);
    if (fields[i].has_money()) Money(at + ".money", fields[i].money());
    if (!seen.insert(fields[i].field_id()).second) violations_.Add(at + ".field_id", "given twice");
  }
}

}  // namespace redress::intake
