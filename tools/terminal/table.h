// Text for people at a terminal: tables, colours only where they show, times as distances. Values;
// thread-safe.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace redress {

enum class Colour { kNone, kBold, kDim, kRed, kYellow, kGreen, kCyan };

struct TerminalStyle {
  bool colours = false;

  // Colours when file descriptor `fd` is a terminal, TERM is not "dumb" and NO_COLOR is not set.
  static TerminalStyle OfDescriptor(int fd);
  std::string Paint(Colour colour, std::string_view text) const;
};

// Cells that text takes on a terminal: 2 for Chinese and other wide characters, 0 for control
// sequences.
size_t DisplayWidth(std::string_view text);
// At most `width` cells, with … where something was cut. No control sequences in `text`.
std::string Shortened(std::string_view text, size_t width);

// Columns as wide as their widest cell, the last one open-ended.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  // Missing cells are empty.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  size_t size() const { return rows_.size(); }
  void Print(std::ostream& out, const TerminalStyle& style) const;

 private:
  const std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

// "3d4h", "2h10m", "45s": the two largest units, without sign.
std::string ShortDuration(absl::Duration duration);
// "in 2h10m" or "3d4h ago".
std::string RelativeTime(absl::Time time, absl::Time now);
// "2026-03-01 10:00:00Z".
std::string PlainTime(absl::Time time);
// "LEVEL_RESOLUTION" → "level resolution".
std::string WordsOfEnum(std::string_view name);

}  // namespace redress
