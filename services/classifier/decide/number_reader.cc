#include "services/classifier/decide/number_reader.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "libs/base/text.h"

namespace redress::classifier {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
// Longer spellings first.
constexpr std::array<Word, 15> kBefore = {{{"US$", "USD"},
                                           {"HK$", "HKD"},
                                           {"RMB", "CNY"},
                                           {"CNY", "CNY"},
                                           {"USD", "USD"},
                                           {"GBP", "GBP"},
                                           {"EUR", "EUR"},
                                           {"HKD", "HKD"},
                                           {"人民币", "CNY"},
                                           {"\u00A5", "CNY"},
                                           {"\uFFE5", "CNY"},
                                           {"\u00A3", "GBP"},
                                           {"\uFFE1", "GBP"},
                                           {"\u20AC", "EUR"},
                                           {"$", "USD"}}};
constexpr std::array<Word, 24> kBehind = {
    {{"元人民币", "CNY"}, {"人民币", "CNY"},  {"块钱", "CNY"},   {"美元", "USD"},  {"美金", "USD"},
     {"英镑", "GBP"},     {"欧元", "EUR"},    {"港币", "HKD"},   {"港元", "HKD"},  {"元", "CNY"},
     {"块", "CNY"},       {"dollars", "USD"}, {"pounds", "GBP"}, {"euros", "EUR"}, {"euro", "EUR"},
     {"quid", "GBP"},     {"bucks", "USD"},   {"yuan", "CNY"},   {"rmb", "CNY"},   {"cny", "CNY"},
     {"usd", "USD"},      {"gbp", "GBP"},     {"eur", "EUR"},    {"\u20AC", "EUR"}}};
// No amount of a complaint has more digits before the point.
constexpr size_t kMostDigits = 12;

bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

// Without regard to ASCII case; told apart by the first byte, which differs nearly always.
bool BeginsWith(std::string_view text, std::string_view prefix) {
  return !text.empty() && (text[0] | 0x20) == (prefix[0] | 0x20) &&
         absl::StartsWithIgnoreCase(Absl(text), Absl(prefix));
}

bool SkipPrefix(std::string_view prefix, std::string_view* text) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

void SkipBlanks(std::string_view* text, size_t most = 2) {
  for (size_t i = 0; i < most && !text->empty() && text->front() == ' '; ++i)
    text->remove_prefix(1);
}

int DaysIn(int month) {
  constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[static_cast<size_t>(month - 1)];
}

bool IsCalendarDay(const DateFound& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= DaysIn(date.month) &&
         (date.year == 0 || (date.year >= 1900 && date.year <= 2199));
}

int TakeNumber(std::string_view* text, size_t most) {
  const Digits digits = ReadDigits(*text, most);
  text->remove_prefix(digits.length);
  return digits.length == 0 ? -1 : static_cast<int>(digits.value);
}

// A month's name, full or its first three letters ("Sept" too), ended by no letter.
int TakeMonth(std::string_view* text) {
  size_t length = 0;
  while (length < text->size() && IsLetter((*text)[length])) ++length;
  if (length < 3) return 0;
  const std::string_view word = text->substr(0, length);
  // "may" and "march" are verbs unless written as names.
  if (word[0] == 'm') return 0;
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i][0] != (word[0] | 0x20)) continue;
    const bool shortened = length == 3 || (length == 4 && i == 8);
    if (!absl::EqualsIgnoreCase(Absl(word),
                                Absl(shortened ? kMonths[i].substr(0, length) : kMonths[i])))
      continue;
    text->remove_prefix(length);
    if (!text->empty() && text->front() == '.') text->remove_prefix(1);
    return static_cast<int>(i) + 1;
  }
  return 0;
}

void SkipOrdinal(std::string_view* text) {
  if (text->empty() || !IsLetter(text->front())) return;
  for (const std::string_view ending : {"st", "nd", "rd", "th"}) {
    if (absl::StartsWithIgnoreCase(Absl(*text), Absl(ending)) &&
        (text->size() == 2 || !IsLetter((*text)[2]))) {
      text->remove_prefix(2);
      return;
    }
  }
}

// ", 2026" or " 2026"; leaves the text as it is when there is none.
int TakeYear(std::string_view* text) {
  std::string_view rest = *text;
  if (!SkipPrefix(", ", &rest) && !SkipPrefix(" ", &rest)) return 0;
  const Digits year = ReadDigits(rest, 5);
  if (year.length != 4 || year.value < 1900 || year.value > 2199) return 0;
  rest.remove_prefix(4);
  *text = rest;
  return static_cast<int>(year.value);
}

// 2026年3月5日, 3月5号.
bool TakeChineseDate(std::string_view* text, DateFound* date) {
  std::string_view rest = *text;
  int number = TakeNumber(&rest, 4);
  if (SkipPrefix("年", &rest)) {
    date->year = number;
    number = TakeNumber(&rest, 2);
  }
  if (number < 0 || !SkipPrefix("月", &rest)) return false;
  date->month = number;
  date->day = TakeNumber(&rest, 2);
  if (date->day < 0 || (!SkipPrefix("日", &rest) && !SkipPrefix("号", &rest))) return false;
  *text = rest;
  return true;
}

// 2026-03-05, 2026/3/5, 2026.3.5; 05/03/2026, 5-3-2026, 5.3.2026.
bool TakeNumericDate(std::string_view* text, bool month_first, DateFound* date) {
  std::string_view rest = *text;
  const Digits first = ReadDigits(rest, 5);
  rest.remove_prefix(first.length);
  if (rest.empty() || (rest[0] != '-' && rest[0] != '/' && rest[0] != '.')) return false;
  const char separator = rest[0];
  rest.remove_prefix(1);
  const Digits second = ReadDigits(rest, 3);
  rest.remove_prefix(second.length);
  if (second.length == 0 || second.length > 2 || rest.empty() || rest[0] != separator) return false;
  rest.remove_prefix(1);
  const Digits third = ReadDigits(rest, 5);
  rest.remove_prefix(third.length);
  if (first.length == 4 && third.length >= 1 && third.length <= 2) {
    *date = {static_cast<int>(first.value), static_cast<int>(second.value),
             static_cast<int>(third.value)};
  } else if (first.length <= 2 && third.length == 4) {
    *date = {static_cast<int>(third.value), static_cast<int>(second.value),
             static_cast<int>(first.value)};
    if (date->month > 12 || (month_first && date->day <= 12)) std::swap(date->month, date->day);
  } else {
    return false;
  }
  *text = rest;
  return true;
}

// "5 March 2026", "5th of March", "March 5th, 2026".
bool TakeNamedDate(std::string_view* text, DateFound* date) {
  std::string_view rest = *text;
  if (absl::ascii_isdigit(static_cast<unsigned char>(rest[0]))) {
    date->day = TakeNumber(&rest, 2);
    SkipOrdinal(&rest);
    SkipBlanks(&rest);
    if (SkipPrefix("of ", &rest)) SkipBlanks(&rest);
    date->month = TakeMonth(&rest);
  } else {
    date->month = TakeMonth(&rest);
    // Most words are no month.
    if (date->month == 0) return false;
    SkipBlanks(&rest);
    date->day = TakeNumber(&rest, 2);
    SkipOrdinal(&rest);
  }
  if (date->month == 0 || date->day < 1 ||
      (!rest.empty() && absl::ascii_isdigit(static_cast<unsigned char>(rest[0]))))
    return false;
  date->year = TakeYear(&rest);
  *text = rest;
  return true;
}

struct Number {
  int64_t minor = 0;
  size_t length = 0;
};

// "1,299.00", "38.6", "3699" in hundredths; a third digit behind the point makes it no amount of
// money.
std::optional<Number> ReadNumber(std::string_view text) {
  int64_t whole = 0;
  size_t digits = 0;
  size_t i = 0;
  for (; i < text.size() && digits <= kMostDigits; ++i) {
    if (IsDigit(text[i])) {
      whole = whole * 10 + (text[i] - '0');
      ++digits;
    } else if (text[i] != ',' || i + 3 >= text.size() || !IsDigit(text[i + 1]) ||
               !IsDigit(text[i + 2]) || !IsDigit(text[i + 3]) ||
               (i + 4 < text.size() && IsDigit(text[i + 4]))) {
      break;
    }
  }
  if (digits == 0 || digits > kMostDigits) return std::nullopt;
  int64_t hundredths = 0;
  if (i + 1 < text.size() && text[i] == '.' && IsDigit(text[i + 1])) {
    const Digits fraction = ReadDigits(text.substr(i + 1), 3);
    if (fraction.length > 2) return std::nullopt;
    hundredths = fraction.length == 1 ? fraction.value * 10 : fraction.value;
    i += 1 + fraction.length;
  }
  return Number{whole * 100 + hundredths, i};
}

}  // namespace

Digits ReadDigits(std::string_view text, size_t most) {
  Digits digits;
  while (digits.length < most && digits.length < text.size() && IsDigit(text[digits.length])) {
    digits.value = digits.value * 10 + (text[digits.length++] - '0');
  }
  return digits;
}

std::optional<DateFound> ReadDate(std::string_view text, bool month_first) {
  if (text.empty()) return std::nullopt;
  std::string_view rest = text;
  DateFound date;
  const bool found =
      (IsDigit(text[0]) && (TakeChineseDate(&rest, &date) ||
                            TakeNumericDate(&rest, month_first, &(date = DateFound())))) ||
      TakeNamedDate(&rest, &(date = DateFound()));
  if (!found || !IsCalendarDay(date)) return std::nullopt;
  date.length = text.size() - rest.size();
  return date;
}

std::string DateValue(const DateFound& date) {
  if (date.year == 0) return absl::StrFormat("--%02d-%02d", date.month, date.day);
  return absl::StrFormat("%04d-%02d-%02d", date.year, date.month, date.day);
}

std::optional<AmountFound> ReadAmount(std::string_view words, size_t at) {
  const auto number = ReadNumber(words.substr(at));
  if (!number) return std::nullopt;
  AmountFound found{at, at + number->length, {}};
  std::string_view currency;
  int64_t times = 1;
  std::string_view behind = words.substr(found.end);
  SkipBlanks(&behind, 1);
  if (SkipPrefix("万", &behind)) {
    times = 10000;
  } else if (SkipPrefix("千", &behind)) {
    times = 1000;
  }
  SkipBlanks(&behind, 1);
  for (const auto& [spelling, code] : kBehind) {
    if (!BeginsWith(behind, spelling)) continue;
    const std::string_view rest = behind.substr(spelling.size());
    if (IsLetter(spelling[0]) && !rest.empty() && IsLetter(rest[0])) continue;
    currency = code;
    found.end = words.size() - rest.size();
    break;
  }
  if (currency.empty()) {
    std::string_view before = words.substr(0, at);
    if (!before.empty() && before.back() == ' ') before.remove_suffix(1);
    for (const auto& [spelling, code] : kBefore) {
      const size_t size = spelling.size();
      if (before.size() < size || !BeginsWith(before.substr(before.size() - size), spelling))
        continue;
      // "EUR" at the end of a longer word is none.
      if (IsLetter(spelling[0]) && before.size() > size &&
          IsLetter(before[before.size() - size - 1]))
        continue;
      currency = code;
      found.begin = before.size() - size;
      if (times != 1) found.end = words.size() - behind.size();
      break;
    }
  }
  if (currency.empty()) return std::nullopt;
  found.money.set_amount_minor(number->minor * times);
  found.money.set_currency(std::string(currency));
  return found;
}

}  // namespace redress::classifier
