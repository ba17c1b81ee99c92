#include "tools/terminal/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/text.h"
#include "libs/base/utf8.h"

namespace redress {
namespace {

const char* CodeOf(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kBold:
      return "\033[1m";
    case Colour::kDim:
      return "\033[2m";
    case Colour::kRed:
      return "\033[31m";
    case Colour::kYellow:
      return "\033[33m";
    case Colour::kGreen:
      return "\033[32m";
    case Colour::kCyan:
      return "\033[36m";
  }
  return "";
}

// East Asian Wide and Fullwidth, in the blocks that complaints meet.
bool IsWide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE4F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) ||
         (c >= 0x20000 && c <= 0x3FFFD);
}

size_t WidthOf(char32_t c) {
  if (c < 0x20 || (c >= 0x0300 && c <= 0x036F) || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F))
    return 0;
  return IsWide(c) ? 2 : 1;
}

}  // namespace

TerminalStyle TerminalStyle::OfDescriptor(int fd) {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return {isatty(fd) == 1 && !dumb && std::getenv("NO_COLOR") == nullptr};
}

std::string TerminalStyle::Paint(Colour colour, std::string_view text) const {
  if (!colours || colour == Colour::kNone) return std::string(text);
  return absl::StrCat(CodeOf(colour), Absl(text), "\033[0m");
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\033') {
      at = std::min(text.find('m', at), text.size() - 1) + 1;
      continue;
    }
    width += WidthOf(NextCodePoint(text, &at));
  }
  return width;
}

std::string Shortened(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  size_t used = 0;
  size_t end = 0;
  for (size_t at = 0; at < text.size(); end = at) {
    used += WidthOf(NextCodePoint(text, &at));
    if (used + 1 > width) break;
  }
  return absl::StrCat(Absl(text.substr(0, end)), "…");
}

void Table::Print(std::ostream& out, const TerminalStyle& style) const {
  std::vector<size_t> widths;
  const auto measure = [&widths](const std::vector<std::string>& cells) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], DisplayWidth(cells[i]));
  };
  measure(head_);
  for (const auto& row : rows_) measure(row);
  const auto line = [&](const std::vector<std::string>& cells, Colour colour) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      text += style.Paint(colour, cells[i]);
      if (i + 1 < cells.size()) text.append(widths[i] - DisplayWidth(cells[i]) + 2, ' ');
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out << text << "\n";
  };
  line(head_, Colour::kBold);
  for (const auto& row : rows_) line(row, Colour::kNone);
}

std::string ShortDuration(absl::Duration duration) {
  struct Unit {
    int64_t seconds;
    char name;
  };
  constexpr Unit kUnits[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  int64_t rest = absl::ToInt64Seconds(absl::AbsDuration(duration));
  std::string text;
  int shown = 0;
  for (const Unit& unit : kUnits) {
    const int64_t count = rest / unit.seconds;
    rest %= unit.seconds;
    // Neighbouring units only: 3d4h, not 3d5s.
    if (shown == 1 && count == 0) break;
    if (count == 0 || shown == 2) continue;
    absl::StrAppend(&text, count, std::string(1, unit.name));
    ++shown;
  }
  return text.empty() ? "0s" : text;
}

std::string RelativeTime(absl::Time time, absl::Time now) {
  return time >= now ? absl::StrCat("in ", ShortDuration(time - now))
                     : absl::StrCat(ShortDuration(now - time), " ago");
}

std::string PlainTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string WordsOfEnum(std::string_view name) {
  std::string words = absl::AsciiStrToLower(Absl(name));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace redress
