// What a request says, held against the limits of the contract; everything that is wrong is told at
// once. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/base/ids.h"
#include "libs/errors/errors.h"
#include "redress/event/v1/shared.pb.h"

namespace redress::intake {

// Bytes (`complaint_commands.proto`).
inline constexpr size_t kMaxBody = 64 << 10;
inline constexpr size_t kMaxSubject = 1 << 10;
inline constexpr size_t kMaxText = 8 << 10;
inline constexpr size_t kMaxCode = 256;
inline constexpr int kMaxListed = 200;

class RequestCheck {
 public:
  void Add(std::string_view field, std::string_view what) { violations_.Add(field, what); }
  // At most `limit` bytes, and not empty when required.
  void Text(std::string_view field, const std::string& value, size_t limit, bool required = false);
  void Code(std::string_view field, const std::string& value, bool required = false) {
    Text(field, value, kMaxCode, required);
  }
  void Codes(std::string_view field, const google::protobuf::RepeatedPtrField<std::string>& values);
  // A known value of the enum; `required`: not the unspecified one.
  template <typename E>
  void Enum(std::string_view field, E value, bool (*is_valid)(int), bool required = false) {
    if (!is_valid(value)) {
      violations_.Add(field, "not a value of its enum");
    } else if (required && static_cast<int>(value) == 0) {
      violations_.Add(field, "required");
    }
  }
  // µs, 0 when absent; a time after `now` or before 1970 is a violation.
  int64_t PastTime(std::string_view field, bool present, const google::protobuf::Timestamp& time,
                   absl::Time now);
  // µs, 0 when absent; must lie after `now`.
  int64_t FutureTime(std::string_view field, bool present, const google::protobuf::Timestamp& time,
                     absl::Time now);
  // 16 bytes of 32 hexadecimal digits; empty when not given.
  std::string Id(std::string_view field, const std::string& hex);
  void Money(std::string_view field, const event::v1::Money& money);
  void Fields(std::string_view field,
              const google::protobuf::RepeatedPtrField<event::v1::Field>& fields);

  bool ok() const { return violations_.empty(); }
  [[nodiscard]] absl::Status ToStatus() const { return violations_.ToStatus(); }

 private:
  FieldViolations violations_;
};

}  // namespace redress::intake
