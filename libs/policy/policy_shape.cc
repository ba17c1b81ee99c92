#include "libs/policy/policy_shape.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "libs/base/status.h"
#include "libs/base/utf8.h"
#include "libs/policy/keyword_matcher.h"
#include "re2/re2.h"
#include "redress/policy/v1/calendar.pb.h"
#include "redress/policy/v1/shared.pb.h"

namespace redress {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using policy::v1::FieldRule;

constexpr int64_t kMaxSpanMs = int64_t{10} * 366 * 24 * 3600 * 1000;
constexpr size_t kMaxCode = 64;
constexpr size_t kMaxText = 2000;
constexpr uint32_t kDefaultKeywordWeight = 10;

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(std::move(message)); }

bool IsCode(std::string_view text) {
  if (text.empty() || text.size() > kMaxCode) return false;
  if (!absl::ascii_islower(text[0]) && !absl::ascii_isdigit(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '.' || c == '-';
  });
}

// All of `text` as a number, or nothing.
std::optional<int64_t> ParseDigits(std::string_view text) {
  int64_t value = 0;
  if (text.empty() || text.size() > 15) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text[0] == '-')
    return std::nullopt;
  return value;
}

// Decimal places of a currency (ISO 4217), for those that are not 2.
int MinorDigits(std::string_view currency) {
  if (currency == "JPY" || currency == "KRW" || currency == "VND" || currency == "CLP") return 0;
  if (currency == "BHD" || currency == "KWD" || currency == "JOD" || currency == "TND") return 3;
  return 2;
}

// Minutes after midnight of "HH:MM".
std::optional<uint32_t> ParseMinute(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = ParseDigits(text.substr(0, 2));
  const auto minute = ParseDigits(text.substr(3));
  if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 24 * 60) return std::nullopt;
  return static_cast<uint32_t>(*hour * 60 + *minute);
}

absl::Status CheckFormat(FieldRule::Format format, std::string_view value) {
  switch (format) {
    case FieldRule::CODE:
      if (IsCode(value)) return absl::OkStatus();
      return Invalid(absl::StrCat("\"", std::string(value),
                                  "\" is no code; use lower-case letters, digits, _ . - "
                                  "(at most ",
                                  kMaxCode, ", first a letter or digit)"));
    case FieldRule::CATEGORY_PATH: {
      const std::vector<std::string> codes = absl::StrSplit(std::string(value), '/');
      if (codes.size() <= 3 && std::all_of(codes.begin(), codes.end(), IsCode))
        return absl::OkStatus();
      return Invalid(
          absl::StrCat("\"", std::string(value),
                       "\" is no category; write one to three codes, \"department/type/cause\""));
    }
    case FieldRule::LANGUAGE:
      if (value.size() >= 2 && value.size() <= 3 &&
          std::all_of(value.begin(), value.end(), absl::ascii_islower)) {
        return absl::OkStatus();
      }
      return Invalid(absl::StrCat("\"", std::string(value),
                                  "\" is no language; write its primary tag, e.g. \"zh\""));
    case FieldRule::REGEX: {
      RE2::Options options;
      options.set_log_errors(false);
      options.set_max_mem(1 << 20);
      const RE2 regex(re2::StringPiece(value.data(), value.size()), options);
      if (regex.ok()) return absl::OkStatus();
      return Invalid(absl::StrCat("RE2 cannot read \"", std::string(value), "\": ", regex.error()));
    }
    default:
      return absl::OkStatus();
  }
}

}  // namespace

const FieldRule& RuleOf(const FieldDescriptor& field) {
  return field.options().GetExtension(policy::v1::rule);
}

std::optional<int32_t> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = ParseDigits(text.substr(0, 4));
  const auto month = ParseDigits(text.substr(5, 2));
  const auto day = ParseDigits(text.substr(8, 2));
  if (!year || !month || !day || *year < 1970) return std::nullopt;
  const absl::CivilDay date(*year, *month, *day);
  // Civil times roll over: 31 April would be 1 May.
  if (date.month() != *month || date.day() != *day) return std::nullopt;
  return static_cast<int32_t>(date - absl::CivilDay(1970, 1, 1));
}

std::string FormatDate(int32_t days) {
  return absl::FormatCivilTime(absl::CivilDay(1970, 1, 1) + days);
}

absl::StatusOr<policy::v1::Span> ParseSpan(std::string_view text) {
  const auto wrong = [&] {
    return Invalid(absl::StrCat(
        "\"", std::string(text),
        "\" is no length of time; write e.g. 30m, 24h, 1h30m, 3d or \"5 working days\""));
  };
  policy::v1::Span span;
  const size_t blank = text.find(' ');
  if (blank != std::string_view::npos) {
    const auto days = ParseDigits(text.substr(0, blank));
    const std::string_view unit = text.substr(blank + 1);
    if (!days || *days < 1 || *days > 2000 || (unit != "working days" && unit != "working day"))
      return wrong();
    span.set_working_days(static_cast<uint32_t>(*days));
    return span;
  }
  int64_t total = 0;
  int64_t last_unit = INT64_MAX;
  while (!text.empty()) {
    const size_t digits = text.find_first_not_of("0123456789");
    if (digits == std::string_view::npos || digits == 0 || digits > 9) return wrong();
    const auto value = ParseDigits(text.substr(0, digits));
    std::string_view rest = text.substr(digits);
    int64_t unit = 0;
    if (rest.starts_with("ms"))
      unit = 1;
    else if (rest[0] == 's')
      unit = 1000;
    else if (rest[0] == 'm')
      unit = 60'000;
    else if (rest[0] == 'h')
      unit = 3'600'000;
    else if (rest[0] == 'd')
      unit = 86'400'000;
    if (!value || unit == 0 || unit >= last_unit) return wrong();
    total += *value * unit;
    if (total > kMaxSpanMs) return Invalid("is longer than ten years; use a shorter time");
    last_unit = unit;
    text = rest.substr(unit == 1 ? 2 : 1);
  }
  if (total == 0) return Invalid("is no time at all; it must be longer than 0");
  span.set_ms(total);
  return span;
}

absl::StatusOr<policy::v1::Amount> ParseAmount(std::string_view text) {
  const auto wrong = [&] {
    return Invalid(absl::StrCat("\"", std::string(text),
                                "\" is no amount; write e.g. \"5000 CNY\" or \"99.50 GBP\""));
  };
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return wrong();
  const std::string_view currency = text.substr(blank + 1);
  if (currency.size() != 3 || !std::all_of(currency.begin(), currency.end(), absl::ascii_isupper))
    return wrong();
  const std::string_view number = text.substr(0, blank);
  const size_t point = number.find('.');
  const size_t decimals = static_cast<size_t>(MinorDigits(currency));
  std::string fraction(point == std::string_view::npos ? std::string_view()
                                                       : number.substr(point + 1));
  if ((point != std::string_view::npos && fraction.empty()) || fraction.size() > decimals)
    return wrong();
  fraction.resize(decimals, '0');
  const auto minor = ParseDigits(absl::StrCat(std::string(number.substr(0, point)), fraction));
  if (number.substr(0, point).empty() || !minor) return wrong();
  policy::v1::Amount amount;
  amount.set_minor(*minor);
  amount.set_currency(std::string(currency));
  return amount;
}

absl::StatusOr<policy::v1::Window> ParseWindow(std::string_view text) {
  const std::vector<std::string> ends = absl::StrSplit(std::string(text), '-');
  const auto start = ParseMinute(ends[0]);
  const auto end = ends.size() == 2 ? ParseMinute(ends[1]) : std::nullopt;
  if (!start || !end || *start == *end || *start == 24 * 60 || *end == 0) {
    return Invalid(absl::StrCat("\"", std::string(text),
                                "\" is no part of a day; write e.g. \"09:00-12:00\", "
                                "from 00:00 to 24:00"));
  }
  policy::v1::Window window;
  window.set_start_minute(*start);
  window.set_end_minute(*end);
  return window;
}

absl::StatusOr<policy::v1::Keyword> ParseKeyword(std::string_view text) {
  policy::v1::Keyword keyword;
  keyword.set_weight(kDefaultKeywordWeight);
  const size_t caret = text.rfind('^');
  if (caret != std::string_view::npos) {
    const auto weight = ParseDigits(text.substr(caret + 1));
    if (!weight || *weight < 1 || *weight > 1000) {
      return Invalid(
          absl::StrCat("\"", std::string(text), "\" has no weight of 1 to 1000 after its \"^\""));
    }
    keyword.set_weight(static_cast<uint32_t>(*weight));
    text = text.substr(0, caret);
  }
  REDRESS_RETURN_IF_ERROR(KeywordMatcher::CheckSpelling(text));
  keyword.set_text(std::string(text));
  return keyword;
}

std::optional<std::string_view> ScalarSpelling(const Descriptor& type) {
  if (&type == policy::v1::Keyword::descriptor()) return "a keyword, e.g. refund* or 退款^20";
  if (&type == policy::v1::Span::descriptor())
    return "a length of time, e.g. 24h or \"5 working days\"";
  if (&type == policy::v1::Amount::descriptor()) return "an amount, e.g. 5000 CNY";
  if (&type == policy::v1::Window::descriptor()) return "a part of a day, e.g. \"09:00-12:00\"";
  return std::nullopt;
}

absl::Status ParseScalarMessage(std::string_view text, Message* message) {
  const auto take = [&](auto parsed) {
    if (parsed.ok()) message->CopyFrom(*parsed);
    return parsed.status();
  };
  const Descriptor* type = message->GetDescriptor();
  if (type == policy::v1::Keyword::descriptor()) return take(ParseKeyword(text));
  if (type == policy::v1::Span::descriptor()) return take(ParseSpan(text));
  if (type == policy::v1::Amount::descriptor()) return take(ParseAmount(text));
  return take(ParseWindow(text));
}

absl::Status CheckText(const FieldDescriptor& field, std::string_view value) {
  const FieldRule& rule = RuleOf(field);
  if (!IsUtf8(value)) return Invalid("is not valid UTF-8; save the file as UTF-8");
  if (value.empty())
    return rule.required() ? Invalid("is empty; give it a value") : absl::OkStatus();
  if (value.size() > kMaxText)
    return Invalid(absl::StrCat("is longer than ", kMaxText, " bytes; shorten it"));
  return CheckFormat(rule.format(), value);
}

absl::Status CheckInteger(const FieldDescriptor& field, int64_t value) {
  const FieldRule& rule = RuleOf(field);
  if (rule.max() != 0 && (value < rule.min() || value > rule.max())) {
    return Invalid(absl::StrCat(value, " is out of range; use ", rule.min(), " to ", rule.max()));
  }
  return absl::OkStatus();
}

namespace {

// One value of a field: of a list the one at `index`, else -1.
void CheckValue(const Message& message, const FieldDescriptor& field, int index,
                const std::string& path, std::vector<PolicyProblem>* problems) {
  const auto* reflection = message.GetReflection();
  const bool repeated = index >= 0;
  absl::Status status;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      CheckShape(repeated ? reflection->GetRepeatedMessage(message, &field, index)
                          : reflection->GetMessage(message, &field),
                 path, problems);
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      status = CheckText(field, repeated ? reflection->GetRepeatedString(message, &field, index)
                                         : reflection->GetString(message, &field));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      status = CheckInteger(field, repeated ? reflection->GetRepeatedUInt32(message, &field, index)
                                            : reflection->GetUInt32(message, &field));
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      status = CheckInteger(field, repeated ? reflection->GetRepeatedInt32(message, &field, index)
                                            : reflection->GetInt32(message, &field));
      break;
    default:
      break;
  }
  if (!status.ok()) problems->push_back({path, 0, 0, std::string(status.message())});
}

}  // namespace

void CheckShape(const Message& message, const std::string& path,
                std::vector<PolicyProblem>* problems) {
  const auto* descriptor = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < descriptor->field_count() && problems->size() < kMaxProblems; ++i) {
    const FieldDescriptor& field = *descriptor->field(i);
    const std::string field_path =
        path.empty() ? field.name() : absl::StrCat(path, ".", field.name());
    if (field.is_repeated()) {
      const int size = reflection->FieldSize(message, &field);
      if (size == 0 && RuleOf(field).required()) {
        problems->push_back({field_path, 0, 0, "is missing; add at least one"});
      }
      for (int k = 0; k < size && problems->size() < kMaxProblems; ++k) {
        CheckValue(message, field, k, absl::StrCat(field_path, "[", k, "]"), problems);
      }
    } else if (reflection->HasField(message, &field)) {
      CheckValue(message, field, -1, field_path, problems);
    } else if (RuleOf(field).required() &&
               (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ||
                field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
                field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM || RuleOf(field).min() > 0)) {
      problems->push_back({field_path, 0, 0, "is missing; add it"});
    }
  }
}

}  // namespace redress
