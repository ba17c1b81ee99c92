// The packaged Abseil has a string_view of its own: this hands ours to it.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "absl/strings/string_view.h"

namespace redress {

inline absl::string_view Absl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}
inline std::string_view Std(absl::string_view text) {
  return std::string_view(text.data(), text.size());
}

// For hash tables keyed by std::string that are searched by std::string_view.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

}  // namespace redress
