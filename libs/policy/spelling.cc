#include "libs/policy/spelling.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace redress {
namespace {

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string Suggestion(std::string_view given, const std::vector<std::string>& known) {
  for (const std::string& candidate : known) {
    if (EditDistance(given.substr(0, 64), candidate) > 2) continue;
    return absl::StrCat("did you mean \"", candidate, "\"?");
  }
  return absl::StrCat("use one of: ", absl::StrJoin(known, ", "));
}

}  // namespace redress
