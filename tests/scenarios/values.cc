#include "tests/scenarios/values.h"

#include "absl/strings/str_cat.h"

namespace redress::scenarios {

absl::StatusOr<std::string> Values::Expand(const std::string& text) const {
  std::string expanded;
  size_t at = 0;
  for (size_t begin = text.find("${"); begin != std::string::npos; begin = text.find("${", at)) {
    const size_t end = text.find('}', begin);
    if (end == std::string::npos)
      return absl::InvalidArgumentError(absl::StrCat("no '}' in ", text));
    const std::string name = text.substr(begin + 2, end - begin - 2);
    const auto found = variables.find(name);
    if (found == variables.end()) return absl::NotFoundError(absl::StrCat("nobody saved ", name));
    absl::StrAppend(&expanded, text.substr(at, begin - at), found->second);
    at = end + 1;
  }
  return expanded + text.substr(at);
}

absl::StatusOr<absl::Time> Values::TimeOf(const std::string& text) const {
  if (text == "now") return now;
  if (text.rfind("now", 0) == 0) {
    absl::Duration by;
    if (!absl::ParseDuration(text.substr(4), &by))
      return absl::InvalidArgumentError("no time: " + text);
    return text[3] == '-' ? now - by : now + by;
  }
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(absl::StrCat("no time: ", text, ": ", error));
  }
  return time;
}

}  // namespace redress::scenarios
