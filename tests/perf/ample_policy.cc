#include "tests/perf/ample_policy.h"

#include <fstream>
#include <string_view>

#include "absl/strings/ascii.h"
#include "libs/base/file.h"
#include "libs/base/status.h"

namespace redress::perf {
namespace {

constexpr std::string_view kField = "capacity_units: ";
constexpr std::string_view kMost = "100000";

}  // namespace

absl::Status WriteAmplePolicy(const std::string& from, const std::string& to) {
  REDRESS_ASSIGN_OR_RETURN(const std::string text, ReadFile(from));
  std::string ample;
  size_t done = 0;
  for (size_t at = text.find(kField); at != std::string::npos; at = text.find(kField, done)) {
    ample.append(text, done, at + kField.size() - done).append(kMost);
    done = at + kField.size();
    while (done < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[done])))
      ++done;
  }
  if (done == 0) return absl::InvalidArgumentError(from + ": no capacity_units in it");
  ample.append(text, done);
  std::ofstream out(to, std::ios::binary);
  out << ample;
  out.close();
  return out.good() ? absl::OkStatus() : absl::UnavailableError(to + ": cannot be written");
}

}  // namespace redress::perf
