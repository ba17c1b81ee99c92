// Whether a policy's condition holds for the facts of a complaint, and the matching of codes that
// other parts of a policy share with conditions. Pure.
#pragma once

#include <algorithm>
#include <string_view>

#include "absl/algorithm/container.h"
#include "libs/policy/policy_facts.h"
#include "redress/policy/v1/policy.pb.h"

namespace redress {

// "zh" of "zh-Hans".
inline std::string_view PrimaryTag(std::string_view language) {
  return language.substr(0, language.find('-'));
}

// An empty list holds for everything, a filled one for what it names.
template <typename Values, typename Value>
bool EmptyOrContains(const Values& values, const Value& value) {
  return values.empty() || absl::c_linear_search(values, value);
}

// Whether `category` is one of `prefixes` or lies below one.
template <typename Prefixes>
bool InCategories(const Prefixes& prefixes, std::string_view category) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
    return category.starts_with(prefix) &&
           (category.size() == prefix.size() || category[prefix.size()] == '/');
  });
}

// All that is asked holds: codes, numbers, one of `any_of` where there are some, none of `none_of`.
// `scenario` is that of the complaint's category.
bool ConditionHolds(const policy::v1::Condition& condition, const PolicyFacts& facts,
                    policy::v1::Scenario scenario);

}  // namespace redress
