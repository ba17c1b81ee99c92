#include "libs/rpc/invalid_text.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "google/protobuf/unknown_field_set.h"
#include "libs/base/utf8.h"

namespace redress {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

// Deeper nesting than any of our messages has; protobuf itself stops at 100.
constexpr int kMaxDepth = 64;

std::optional<std::string> Search(const Descriptor& type, std::string_view bytes, int depth) {
  UnknownFieldSet fields;
  if (depth > kMaxDepth || !fields.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::nullopt;
  }
  std::map<int, int> seen;
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& value = fields.field(i);
    const FieldDescriptor* field = type.FindFieldByNumber(value.number());
    if (field == nullptr || value.type() != UnknownField::TYPE_LENGTH_DELIMITED) continue;
    std::string path = field->name();
    if (field->is_repeated()) absl::StrAppend(&path, "[", seen[value.number()]++, "]");
    if (field->type() == FieldDescriptor::TYPE_STRING && !IsUtf8(value.length_delimited()))
      return path;
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      if (const auto inner = Search(*field->message_type(), value.length_delimited(), depth + 1)) {
        return absl::StrCat(path, ".", *inner);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> InvalidTextField(const Descriptor& type, std::string_view bytes) {
  return Search(type, bytes, 0);
}

}  // namespace redress
