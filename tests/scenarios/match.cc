#include "tests/scenarios/match.h"

#include <regex>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/check.h"

namespace redress::scenarios {
namespace {

using Found = std::optional<std::string>;

bool IsEmpty(const YAML::Node& node) {
  if (!node || node.IsNull()) return true;
  if (node.IsScalar())
    return node.Scalar().empty() || node.Scalar() == "0" || node.Scalar() == "false";
  return node.size() == 0;
}

std::string Shown(const YAML::Node& node) {
  if (!node) return "nothing";
  YAML::Emitter out;
  out << YAML::Flow << node;
  return std::string(out.c_str()).substr(0, 2000);
}

Found Differs(const std::string& path, const YAML::Node& expected, const YAML::Node& actual) {
  return absl::StrCat(path.empty() ? "answer" : path, " is ", Shown(actual), ", expected ",
                      Shown(expected));
}

int Matching(const YAML::Node& wanted, const YAML::Node& list, const Values& values) {
  int count = 0;
  for (const auto& entry : list) count += Mismatch(wanted, entry, values) ? 0 : 1;
  return count;
}

// A map whose first key begins with '$'.
Found MismatchOfRule(const YAML::Node& rule, const YAML::Node& actual, const Values& values,
                     const std::string& path) {
  if (rule["$not"]) {
    if (Mismatch(rule["$not"], actual, values, path)) return std::nullopt;
    return Differs(path, rule, actual);
  }
  if (rule["$matches"]) {
    const std::string text = actual && actual.IsScalar() ? actual.Scalar() : "";
    if (std::regex_search(text, std::regex(rule["$matches"].Scalar()))) return std::nullopt;
    return Differs(path, rule, actual);
  }
  if (rule["$has"]) {
    for (const auto& wanted : rule["$has"]) {
      if (!actual || Matching(wanted, actual, values) == 0) return Differs(path, wanted, actual);
    }
    return std::nullopt;
  }
  if (rule["$count"] && rule["of"]) {
    const int count = actual ? Matching(rule["of"], actual, values) : 0;
    return count == rule["$count"].as<int>() ? std::nullopt : Differs(path, rule, actual);
  }
  return absl::StrCat(path, ": no such rule: ", Shown(rule));
}

Found MismatchOfText(const YAML::Node& expected, const YAML::Node& actual, const Values& values,
                     const std::string& path) {
  const auto text = values.Expand(expected.Scalar());
  if (!text.ok()) return absl::StrCat(path, ": ", text.status().message());
  if (*text == "$any") return IsEmpty(actual) ? Differs(path, expected, actual) : std::nullopt;
  if (*text == "$none") return IsEmpty(actual) ? std::nullopt : Differs(path, expected, actual);
  if (actual && actual.IsScalar() && actual.Scalar() == *text) return std::nullopt;
  return Differs(path, expected, actual);
}

}  // namespace

YAML::Node TreeOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  REDRESS_CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return YAML::Load(json);
}

Found Mismatch(const YAML::Node& expected, const YAML::Node& actual, const Values& values,
               const std::string& path) {
  if (expected.IsScalar()) return MismatchOfText(expected, actual, values, path);
  if (expected.IsSequence()) {
    const bool alike = actual && actual.IsSequence() && actual.size() == expected.size();
    if (!alike) return Differs(path, expected, actual);
    for (size_t i = 0; i < expected.size(); ++i) {
      if (auto found = Mismatch(expected[i], actual[i], values, absl::StrCat(path, "[", i, "]")))
        return found;
    }
    return std::nullopt;
  }
  if (!expected.IsMap()) return std::nullopt;
  if (expected.size() > 0 && expected.begin()->first.Scalar()[0] == '$') {
    return MismatchOfRule(expected, actual, values, path);
  }
  for (const auto& entry : expected) {
    const std::string key = entry.first.Scalar();
    const YAML::Node value =
        actual && actual.IsMap() ? actual[key] : YAML::Node(YAML::NodeType::Undefined);
    if (auto found = Mismatch(entry.second, value, values,
                              path.empty() ? key : absl::StrCat(path, ".", key))) {
      return found;
    }
  }
  return std::nullopt;
}

std::optional<std::string> ScalarAt(const YAML::Node& tree, const std::string& path) {
  YAML::Node node = YAML::Clone(tree);
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  for (const std::string& part : parts) {
    size_t index = 0;
    YAML::Node next = node.IsSequence() && absl::SimpleAtoi(part, &index)
                          ? (index < node.size() ? node[index] : YAML::Node(YAML::NodeType::Null))
                          : (node.IsMap() ? node[part] : YAML::Node(YAML::NodeType::Null));
    node.reset(next);
  }
  if (!node || !node.IsScalar()) return std::nullopt;
  return node.Scalar();
}

}  // namespace redress::scenarios
