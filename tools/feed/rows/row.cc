#include "tools/feed/rows/row.h"

namespace redress::feed {

std::string_view Row::Find(std::string_view column) const {
  for (const auto& [name, value] : values) {
    if (name == column) return value;
  }
  return {};
}

}  // namespace redress::feed
