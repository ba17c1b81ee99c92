#include "libs/domain/aspects.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace redress {

std::string AspectSet::ToString() const {
  std::string names;
  for (int bit = 0; bit < 64; ++bit) {
    if ((mask_ >> bit & 1) == 0) continue;
    if (!names.empty()) names += ' ';
    if (event::v1::Aspect_IsValid(bit)) {
      names += absl::AsciiStrToLower(event::v1::Aspect_Name(static_cast<Aspect>(bit)));
    } else {
      absl::StrAppend(&names, "bit", bit);
    }
  }
  return names;
}

}  // namespace redress
