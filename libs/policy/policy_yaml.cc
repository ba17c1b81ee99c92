#include "libs/policy/policy_yaml.h"

#include <charconv>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "libs/base/utf8.h"
#include "libs/policy/policy_check.h"
#include "libs/policy/policy_doubts.h"
#include "libs/policy/policy_shape.h"
#include "libs/policy/spelling.h"
#include "yaml-cpp/yaml.h"

namespace redress {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Deeper than any policy needs; conditions may nest.
constexpr int kMaxDepth = 20;
// YAML aliases let a small file stand for a huge one.
constexpr size_t kMaxNodes = 200'000;

std::vector<std::string> FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return names;
}

std::vector<std::string> EnumNames(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(absl::AsciiStrToLower(type.value(i)->name()));
  }
  return names;
}

// Reads one document into a message, collecting what is wrong and where everything stands.
class Reader {
 public:
  void ReadMessage(const YAML::Node& node, Message* message, const std::string& path, int depth);

  std::vector<PolicyProblem> TakeProblems() { return std::move(problems_); }
  // Gives problems found without line that of their path, or of the nearest path above it.
  void Locate(PolicyProblem* problem) const;

 private:
  void Wrong(const YAML::Node& node, const std::string& path, std::string message) {
    if (problems_.size() >= kMaxProblems) return;
    const YAML::Mark mark = node.Mark();
    problems_.push_back({path, mark.line + 1, mark.column + 1, std::move(message)});
  }
  void ReadField(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                 const std::string& path, int depth);
  void ReadValue(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                 const std::string& path, int depth);
  void ReadSubMessage(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                      const std::string& path, int depth);
  void ReadScalar(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                  const std::string& path);
  void ReadInteger(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                   const std::string& path);
  void ReadEnum(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                const std::string& path);
  // Counts the node and remembers where it stands; false: enough is enough.
  bool Visit(const YAML::Node& node, const std::string& path, int depth);

  std::vector<PolicyProblem> problems_;
  absl::flat_hash_map<std::string, YAML::Mark> marks_;
  size_t nodes_ = 0;
};

bool Reader::Visit(const YAML::Node& node, const std::string& path, int depth) {
  if (problems_.size() >= kMaxProblems) return false;
  if (depth > kMaxDepth) {
    Wrong(node, path, absl::StrCat("is nested deeper than ", kMaxDepth, " levels; flatten it"));
    return false;
  }
  if (++nodes_ > kMaxNodes) {
    if (nodes_ == kMaxNodes + 1)
      Wrong(node, path, "the policy has more than 200,000 values; use fewer aliases");
    return false;
  }
  marks_.try_emplace(path, node.Mark());
  return true;
}

void Reader::ReadMessage(const YAML::Node& node, Message* message, const std::string& path,
                         int depth) {
  if (!Visit(node, path, depth)) return;
  const Descriptor& type = *message->GetDescriptor();
  if (!node.IsMap()) {
    Wrong(node, path,
          absl::StrCat("must be a mapping with keys ", absl::StrJoin(FieldNames(type), ", ")));
    return;
  }
  std::set<std::string> given;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      Wrong(entry.first, path, "has a key that is no plain word; write \"key: value\"");
      continue;
    }
    const std::string key = entry.first.Scalar();
    const std::string field_path = path.empty() ? key : absl::StrCat(path, ".", key);
    const FieldDescriptor* field = type.FindFieldByName(key);
    if (field == nullptr) {
      Wrong(entry.first, field_path,
            absl::StrCat("unknown key; ", Suggestion(key, FieldNames(type))));
    } else if (!given.insert(key).second) {
      Wrong(entry.first, field_path, "stands here twice; remove one");
    } else {
      ReadField(entry.second, *field, message, field_path, depth);
    }
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (RuleOf(field).required() && !given.contains(field.name())) {
      Wrong(node, path.empty() ? field.name() : absl::StrCat(path, ".", field.name()),
            "is missing; add it");
    }
  }
}

void Reader::ReadField(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                       const std::string& path, int depth) {
  if (node.IsNull()) {
    Wrong(node, path, "has no value; give it one or remove the key");
    return;
  }
  if (!field.is_repeated()) {
    if (node.IsSequence()) {
      Wrong(node, path, "is a list; it takes one value");
      return;
    }
    ReadValue(node, field, message, path, depth);
    return;
  }
  if (!Visit(node, path, depth)) return;
  if (!node.IsSequence()) {
    Wrong(node, path, "must be a list; write [a, b] or lines that begin with \"- \"");
    return;
  }
  if (node.size() == 0 && RuleOf(field).required()) Wrong(node, path, "is empty; add at least one");
  size_t index = 0;
  for (const YAML::Node& element : node) {
    const std::string element_path = absl::StrCat(path, "[", index++, "]");
    if (element.IsNull() || element.IsSequence()) {
      Wrong(element, element_path,
            element.IsNull() ? "has no value; remove it" : "is a list inside a list");
    } else {
      ReadValue(element, field, message, element_path, depth);
    }
    if (problems_.size() >= kMaxProblems || nodes_ > kMaxNodes) return;
  }
}

void Reader::ReadValue(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                       const std::string& path, int depth) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    ReadSubMessage(node, field, message, path, depth);
    return;
  }
  if (!Visit(node, path, depth)) return;
  if (!node.IsScalar()) {
    Wrong(node, path, "is a mapping; it takes a plain value");
    return;
  }
  ReadScalar(node, field, message, path);
}

void Reader::ReadSubMessage(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                            const std::string& path, int depth) {
  const auto* reflection = message->GetReflection();
  Message* child = field.is_repeated() ? reflection->AddMessage(message, &field)
                                       : reflection->MutableMessage(message, &field);
  const auto spelling = ScalarSpelling(*field.message_type());
  if (!spelling) {
    ReadMessage(node, child, path, depth + 1);
    return;
  }
  if (!Visit(node, path, depth)) return;
  if (!node.IsScalar()) {
    Wrong(node, path, absl::StrCat("must be ", std::string(*spelling)));
    return;
  }
  if (!IsUtf8(node.Scalar())) {
    Wrong(node, path, "is not valid UTF-8; save the file as UTF-8");
    return;
  }
  if (const absl::Status parsed = ParseScalarMessage(node.Scalar(), child); !parsed.ok()) {
    Wrong(node, path, std::string(parsed.message()));
  }
}

void Reader::ReadScalar(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                        const std::string& path) {
  const auto* reflection = message->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      if (const absl::Status status = CheckText(field, node.Scalar()); !status.ok()) {
        Wrong(node, path, std::string(status.message()));
      } else if (field.is_repeated()) {
        reflection->AddString(message, &field, node.Scalar());
      } else {
        reflection->SetString(message, &field, node.Scalar());
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (node.Scalar() != "true" && node.Scalar() != "false") {
        Wrong(node, path, absl::StrCat("\"", node.Scalar(), "\" is neither true nor false"));
      } else {
        reflection->SetBool(message, &field, node.Scalar() == "true");
      }
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      ReadEnum(node, field, message, path);
      return;
    default:
      ReadInteger(node, field, message, path);
      return;
  }
}

void Reader::ReadInteger(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                         const std::string& path) {
  const std::string& text = node.Scalar();
  int64_t value = 0;
  if (RuleOf(field).format() == policy::v1::FieldRule::DATE) {
    const auto date = ParseDate(text);
    if (!date) {
      Wrong(node, path, absl::StrCat("\"", text, "\" is no date; write e.g. 2026-10-01"));
      return;
    }
    value = *date;
  } else {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      Wrong(node, path, absl::StrCat("\"", text, "\" is no whole number"));
      return;
    }
    if (const absl::Status status = CheckInteger(field, value); !status.ok()) {
      Wrong(node, path, std::string(status.message()));
      return;
    }
  }
  const auto* reflection = message->GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
    if (value < 0 || value > UINT32_MAX) {
      Wrong(node, path, absl::StrCat(value, " is out of range; use 0 to ", UINT32_MAX));
    } else if (field.is_repeated()) {
      reflection->AddUInt32(message, &field, static_cast<uint32_t>(value));
    } else {
      reflection->SetUInt32(message, &field, static_cast<uint32_t>(value));
    }
  } else if (value < INT32_MIN || value > INT32_MAX) {
    Wrong(node, path, absl::StrCat(value, " is out of range; use ", INT32_MIN, " to ", INT32_MAX));
  } else {
    reflection->SetInt32(message, &field, static_cast<int32_t>(value));
  }
}

void Reader::ReadEnum(const YAML::Node& node, const FieldDescriptor& field, Message* message,
                      const std::string& path) {
  const EnumDescriptor& type = *field.enum_type();
  const auto* value = type.FindValueByName(absl::AsciiStrToUpper(node.Scalar()));
  if (value == nullptr || value->number() == 0) {
    Wrong(node, path,
          absl::StrCat("unknown value \"", node.Scalar(), "\"; ",
                       Suggestion(absl::AsciiStrToLower(node.Scalar()), EnumNames(type))));
  } else if (field.is_repeated()) {
    message->GetReflection()->AddEnum(message, &field, value);
  } else {
    message->GetReflection()->SetEnum(message, &field, value);
  }
}

void Reader::Locate(PolicyProblem* problem) const {
  std::string path = problem->path;
  while (true) {
    if (const auto it = marks_.find(path); it != marks_.end()) {
      problem->line = it->second.line + 1;
      problem->column = it->second.column + 1;
      return;
    }
    if (path.empty()) return;
    const size_t cut = path.find_last_of(".[");
    path.resize(cut == std::string::npos ? 0 : cut);
  }
}

}  // namespace

std::string FormatProblems(const std::vector<PolicyProblem>& problems, std::string_view file_name) {
  std::string text;
  for (const PolicyProblem& problem : problems) {
    absl::StrAppend(&text, std::string(file_name), ":");
    if (problem.line > 0) absl::StrAppend(&text, problem.line, ":", problem.column, ":");
    absl::StrAppend(&text, " ", problem.path.empty() ? "policy" : problem.path, ": ",
                    problem.message, "\n");
  }
  if (problems.size() >= kMaxProblems) {
    absl::StrAppend(&text, "There may be more: these are the first ", kMaxProblems, ".\n");
  }
  return text;
}

std::vector<PolicyProblem> ParsePolicyYaml(std::string_view yaml, policy::v1::Policy* policy,
                                           std::vector<PolicyProblem>* doubts) {
  policy->Clear();
  if (yaml.size() > kMaxPolicyYamlBytes) {
    return {
        {"", 0, 0, absl::StrCat("is larger than ", kMaxPolicyYamlBytes >> 20, " MiB; shorten it")}};
  }
  // yaml-cpp throws; nothing of it leaves this function.
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(yaml));
    if (documents.size() != 1) {
      return {
          {"", 0, 0,
           absl::StrCat("holds ", documents.size(), " YAML documents; a policy is exactly one")}};
    }
    Reader reader;
    reader.ReadMessage(documents[0], policy, "", 0);
    std::vector<PolicyProblem> problems = reader.TakeProblems();
    // What refers to what cannot be told while parts are missing.
    if (!problems.empty()) return problems;
    problems = CheckPolicy(*policy);
    for (PolicyProblem& problem : problems) reader.Locate(&problem);
    if (problems.empty() && doubts != nullptr) {
      *doubts = DoubtsOf(*policy);
      for (PolicyProblem& doubt : *doubts) reader.Locate(&doubt);
    }
    return problems;
  } catch (const YAML::Exception& error) {
    return {
        {"", error.mark.line + 1, error.mark.column + 1, absl::StrCat("is no YAML: ", error.msg)}};
  }
}

absl::StatusOr<policy::v1::Policy> LoadPolicyYaml(std::string_view yaml,
                                                  std::string_view file_name) {
  policy::v1::Policy policy;
  const std::vector<PolicyProblem> problems = ParsePolicyYaml(yaml, &policy);
  if (!problems.empty()) return absl::InvalidArgumentError(FormatProblems(problems, file_name));
  return policy;
}

}  // namespace redress
