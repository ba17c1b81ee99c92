#include "tests/scenarios/message_from_yaml.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/base/status.h"

namespace redress::scenarios {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

absl::Status Wrong(const FieldDescriptor* field, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(field->full_name(), ": ", what));
}

absl::StatusOr<std::string> TextOf(const YAML::Node& node, const Values& values) {
  if (node.IsScalar()) return values.Expand(node.Scalar());
  if (node["hex"])
    return absl::HexStringToBytes(absl::StrReplaceAll(node["hex"].Scalar(), {{" ", ""}}));
  if (!node["repeat"]) return absl::InvalidArgumentError("a text, {repeat, times} or {hex}");
  const std::string piece = node["repeat"].Scalar();
  std::string text;
  for (int i = 0; i < node["times"].as<int>(); ++i) text += piece;
  return text;
}

// Sets the field, or adds to it when it is repeated.
class FieldSetter {
 public:
  FieldSetter(Message* message, const FieldDescriptor* field)
      : message_(message), field_(field), reflection_(message->GetReflection()) {}

  absl::Status Set(const YAML::Node& node, const Values& values) {
    if (field_->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return SetMessage(node, values);
    REDRESS_ASSIGN_OR_RETURN(const std::string text, TextOf(node, values));
    switch (field_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return Put(&google::protobuf::Reflection::SetString,
                   &google::protobuf::Reflection::AddString, text);
      case FieldDescriptor::CPPTYPE_BOOL:
        return Put(&google::protobuf::Reflection::SetBool, &google::protobuf::Reflection::AddBool,
                   text == "true");
      case FieldDescriptor::CPPTYPE_ENUM:
        return SetEnum(text);
      default:
        return SetNumber(text, values);
    }
  }

 private:
  template <typename Setter, typename Adder, typename Value>
  absl::Status Put(Setter set, Adder add, const Value& value) {
    if (field_->is_repeated()) {
      (reflection_->*add)(message_, field_, value);
    } else {
      (reflection_->*set)(message_, field_, value);
    }
    return absl::OkStatus();
  }

  absl::Status SetMessage(const YAML::Node& node, const Values& values) {
    Message* inner = field_->is_repeated() ? reflection_->AddMessage(message_, field_)
                                           : reflection_->MutableMessage(message_, field_);
    if (inner->GetDescriptor() != Timestamp::descriptor() || !node.IsScalar()) {
      return FillFromYaml(node, values, inner);
    }
    REDRESS_ASSIGN_OR_RETURN(const absl::Time time, values.TimeOf(node.Scalar()));
    const int64_t micros = absl::ToUnixMicros(time);
    static_cast<Timestamp*>(inner)->set_seconds(micros / 1'000'000);
    static_cast<Timestamp*>(inner)->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1'000));
    return absl::OkStatus();
  }

  absl::Status SetEnum(const std::string& text) {
    const auto* named = field_->enum_type()->FindValueByName(text);
    int number = named == nullptr ? 0 : named->number();
    if (named == nullptr && !absl::SimpleAtoi(text, &number))
      return Wrong(field_, "no value " + text);
    return Put(&google::protobuf::Reflection::SetEnumValue,
               &google::protobuf::Reflection::AddEnumValue, number);
  }

  absl::Status SetNumber(const std::string& text, const Values& values) {
    int64_t number = 0;
    if (text.rfind("now", 0) == 0) {
      REDRESS_ASSIGN_OR_RETURN(const absl::Time time, values.TimeOf(text));
      number = absl::ToUnixMicros(time);
    } else if (!absl::SimpleAtoi(text, &number)) {
      return Wrong(field_, "no number: " + text);
    }
    using R = google::protobuf::Reflection;
    const auto positive = static_cast<uint64_t>(number);
    switch (field_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return Put(&R::SetInt32, &R::AddInt32, static_cast<int32_t>(number));
      case FieldDescriptor::CPPTYPE_UINT32:
        return Put(&R::SetUInt32, &R::AddUInt32, static_cast<uint32_t>(positive));
      case FieldDescriptor::CPPTYPE_UINT64:
        return Put(&R::SetUInt64, &R::AddUInt64, positive);
      case FieldDescriptor::CPPTYPE_INT64:
        return Put(&R::SetInt64, &R::AddInt64, number);
      default:
        return Wrong(field_, "fields of this type are not written in scenarios");
    }
  }

  Message* const message_;
  const FieldDescriptor* const field_;
  const google::protobuf::Reflection* const reflection_;
};

}  // namespace

absl::Status FillFromYaml(const YAML::Node& node, const Values& values, Message* message) {
  if (!node || node.IsNull()) return absl::OkStatus();
  if (!node.IsMap())
    return absl::InvalidArgumentError(message->GetTypeName() + ": a map of fields is wanted");
  for (const auto& entry : node) {
    const std::string name = entry.first.Scalar();
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
    if (field == nullptr)
      return absl::InvalidArgumentError(message->GetTypeName() + " has no field " + name);
    FieldSetter setter(message, field);
    if (!field->is_repeated()) {
      REDRESS_RETURN_IF_ERROR(setter.Set(entry.second, values));
      continue;
    }
    if (!entry.second.IsSequence()) return Wrong(field, "a list is wanted");
    for (const auto& item : entry.second) REDRESS_RETURN_IF_ERROR(setter.Set(item, values));
  }
  return absl::OkStatus();
}

}  // namespace redress::scenarios
