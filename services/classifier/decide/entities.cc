#include "services/classifier/decide/entities.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/text.h"
#include "services/classifier/decide/number_reader.h"

namespace redress::classifier {
namespace {

constexpr size_t kLongestMailPart = 64;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }
bool IsMailLocal(char c) {
  return IsWord(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%';
}
bool IsMailDomain(char c) { return IsWord(c) || c == '.' || c == '-'; }

// `words[at]` is an "@".
std::optional<FoundEntity> ReadMail(std::string_view words, size_t at, size_t from) {
  size_t begin = at;
  while (begin > from && at - begin < kLongestMailPart && IsMailLocal(words[begin - 1])) --begin;
  size_t end = at + 1;
  while (end < words.size() && end - at < 4 * kLongestMailPart && IsMailDomain(words[end])) ++end;
  while (end > at + 1 && !IsWord(words[end - 1])) --end;
  const std::string_view domain = words.substr(at + 1, end - at - 1);
  const size_t dot = domain.rfind('.');
  if (begin == at || dot == std::string_view::npos || dot == 0 || domain.size() - dot < 3)
    return std::nullopt;
  FoundEntity mail{kMail, begin, end};
  mail.value = absl::AsciiStrToLower(Absl(words.substr(begin, end - begin)));
  return mail;
}

// A run of digits in groups, as telephone numbers are written.
struct PhoneShape {
  std::string digits;
  std::vector<size_t> groups;
  size_t end = 0;
  bool plus = false;
  bool parentheses = false;
};

PhoneShape ReadPhoneShape(std::string_view words, size_t at) {
  constexpr size_t kMostDigits = 16;
  PhoneShape shape;
  size_t i = at;
  if (words[i] == '+') {
    shape.plus = true;
    ++i;
  }
  while (i < words.size() && shape.digits.size() < kMostDigits) {
    size_t next = i;
    // One separator, and a parenthesis before or behind it.
    for (int signs = 0; signs < 3 && next < words.size() && !IsDigit(words[next]);
         ++signs, ++next) {
      const char c = words[next];
      if (c != ' ' && c != '-' && c != '(' && c != ')') break;
      shape.parentheses = shape.parentheses || c == '(';
    }
    if (next >= words.size() || !IsDigit(words[next])) break;
    size_t group = 0;
    while (next < words.size() && IsDigit(words[next])) {
      shape.digits.push_back(words[next++]);
      ++group;
    }
    shape.groups.push_back(group);
    i = next;
    shape.end = next;
  }
  return shape;
}

bool HasGroups(const PhoneShape& shape, std::initializer_list<size_t> groups) {
  return std::equal(shape.groups.begin(), shape.groups.end(), groups.begin(), groups.end());
}

bool IsPhone(const PhoneShape& shape) {
  const std::string& digits = shape.digits;
  const size_t n = digits.size();
  if (shape.plus) return n >= 8 && n <= 15;
  if (n < 10 || n > 12) return false;
  // 13812345678, 138 1234 5678.
  const bool mobile_cn =
      n == 11 && digits[0] == '1' && digits[1] >= '3' &&
      (shape.groups.size() == 1 || HasGroups(shape, {3, 4, 4}) || HasGroups(shape, {3, 3, 5}));
  if (mobile_cn) return true;
  // 010-12345678, 07700 900123, 020 7946 0958.
  if (digits[0] == '0') return shape.groups.size() > 1 || (n == 11 && digits[1] == '7');
  // 400-123-4567.
  if (n == 10 && (digits.starts_with("400") || digits.starts_with("800"))) return true;
  // 212-555-0123, (212) 555-0123, 1-212-555-0123.
  return HasGroups(shape, {3, 3, 4}) || (digits[0] == '1' && HasGroups(shape, {1, 3, 3, 4}));
}

std::optional<FoundEntity> ReadPhone(std::string_view words, size_t at) {
  const PhoneShape shape = ReadPhoneShape(words, at);
  if (shape.digits.empty() || !IsPhone(shape)) return std::nullopt;
  const char behind = shape.end < words.size() ? words[shape.end] : ' ';
  if (IsWord(behind) || behind == '@') return std::nullopt;
  FoundEntity phone{kPhone, at, shape.end};
  phone.value = absl::StrCat(shape.plus ? "+" : "", shape.digits);
  return phone;
}

// What stands between "order" and its number: "order number is #A-123", "订单号：A-123".
size_t SkipOrderCue(std::string_view words, size_t at) {
  constexpr std::array<std::string_view, 18> kBetween = {
      "number", "no.",  "no",   "num", "reference", "ref", "id", "nr",     "is",
      "was",    "号码", "编号", "号",  "为",        "是",  "（", "\uFF1A", "\u2116"};
  size_t i = at;
  for (bool moved = true; moved && i < words.size();) {
    moved = false;
    if (words[i] == ' ' || words[i] == ':' || words[i] == '#' || words[i] == '(') {
      ++i;
      moved = true;
      continue;
    }
    for (const std::string_view between : kBetween) {
      const std::string_view rest = words.substr(i);
      if (!absl::StartsWithIgnoreCase(Absl(rest), Absl(between))) continue;
      const bool word_goes_on =
          IsWord(between.back()) && rest.size() > between.size() && IsWord(rest[between.size()]);
      if (word_goes_on) continue;
      i += between.size();
      moved = true;
      break;
    }
  }
  return i;
}

// `at` is the start of a word; "order", "订单" or "单号" there and a number of at least four digits
// behind it.
std::optional<FoundEntity> ReadOrderNumber(std::string_view words, size_t at) {
  constexpr size_t kFewestDigits = 4;
  constexpr size_t kLongest = 40;
  const std::string_view text = words.substr(at);
  const bool chinese = text.starts_with("订单") || text.starts_with("单号");
  const bool english =
      !chinese && (text[0] | 0x20) == 'o' && absl::StartsWithIgnoreCase(Absl(text), "order");
  if (!chinese && !english) return std::nullopt;
  const size_t cue = chinese ? std::string_view("订单").size() : std::string_view("order").size();
  const size_t begin = SkipOrderCue(words, at + cue);
  // "ordered", "orders".
  if (!chinese && begin == at + cue && begin < words.size() && IsWord(words[begin]))
    return std::nullopt;
  size_t end = begin;
  size_t digits = 0;
  while (end < words.size() && end - begin < kLongest &&
         (IsWord(words[end]) || words[end] == '-')) {
    digits += IsDigit(words[end++]);
  }
  while (end > begin && words[end - 1] == '-') --end;
  if (digits < kFewestDigits || ReadDate(words.substr(begin), false)) return std::nullopt;
  FoundEntity order{kOrderNumber, begin, end};
  order.value = absl::AsciiStrToUpper(Absl(words.substr(begin, end - begin)));
  return order;
}

std::optional<FoundEntity> ReadDateEntity(std::string_view words, size_t at, bool month_first) {
  const auto date = ReadDate(words.substr(at), month_first);
  if (!date) return std::nullopt;
  FoundEntity entity{kDate, at, at + date->length};
  entity.value = DateValue(*date);
  return entity;
}

std::optional<FoundEntity> ReadAmountEntity(std::string_view words, size_t at, size_t from) {
  const auto amount = ReadAmount(words, at);
  if (!amount || amount->begin < from) return std::nullopt;
  FoundEntity entity{kAmount, amount->begin, amount->end};
  entity.value = absl::StrCat(amount->money.amount_minor(), " ", amount->money.currency());
  entity.money = amount->money;
  return entity;
}

// The bytes at which EntityAt may find something.
constexpr std::array<bool, 256> MakeBeginnings() {
  std::array<bool, 256> beginnings = {};
  for (const char c : std::string_view("0123456789@+(\xE5\xE8oOjJfFmMaAsSnNdD")) {
    beginnings[static_cast<unsigned char>(c)] = true;
  }
  return beginnings;
}
constexpr std::array<bool, 256> kBeginnings = MakeBeginnings();

// Letters count at the start of a word only.
bool MayBegin(std::string_view words, size_t at) {
  return kBeginnings[static_cast<unsigned char>(words[at])] &&
         !(at > 0 && IsWord(words[at - 1]) && IsWord(words[at]) && !IsDigit(words[at]));
}

// What begins at `at`, or around it; what ends before `from` is taken already.
std::optional<FoundEntity> EntityAt(std::string_view words, size_t at, size_t from,
                                    bool month_first) {
  const char c = words[at];
  const bool starts_word = at == 0 || !IsWord(words[at - 1]);
  if (c == '@') return ReadMail(words, at, from);
  if (IsDigit(c)) {
    if (starts_word) {
      if (auto date = ReadDateEntity(words, at, month_first)) return date;
    }
    // Right behind a letter stands a code, or an amount as in "RMB300".
    if (auto amount = ReadAmountEntity(words, at, from)) return amount;
    return starts_word ? ReadPhone(words, at) : std::nullopt;
  }
  if (c == '+' || c == '(') {
    return at + 1 < words.size() && IsDigit(words[at + 1]) && starts_word ? ReadPhone(words, at)
                                                                          : std::nullopt;
  }
  if (c == '\xE5' || c == '\xE8') return ReadOrderNumber(words, at);
  if (!starts_word || !absl::ascii_isalpha(static_cast<unsigned char>(c))) return std::nullopt;
  if ((c | 0x20) == 'o') {
    if (auto order = ReadOrderNumber(words, at)) return order;
  }
  return ReadDateEntity(words, at, month_first);
}

}  // namespace

std::vector<FoundEntity> FindEntities(std::string_view words, bool month_first) {
  std::vector<FoundEntity> found;
  size_t from = 0;
  for (size_t at = 0; at < words.size() && found.size() < kMostEntities;) {
    while (at < words.size() && !MayBegin(words, at)) ++at;
    if (at == words.size()) break;
    auto entity = EntityAt(words, at, from, month_first);
    if (!entity) {
      // A number that is nothing is passed over whole.
      const bool digit = IsDigit(words[at]);
      ++at;
      while (digit && at < words.size() && IsDigit(words[at])) ++at;
      continue;
    }
    at = from = entity->end;
    found.push_back(*std::move(entity));
  }
  return found;
}

}  // namespace redress::classifier
