// What somebody probably meant who wrote a name that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redress {

// `did you mean "x"?` when one of `known` is at most two letters away, else the list of them.
std::string Suggestion(std::string_view given, const std::vector<std::string>& known);

}  // namespace redress
