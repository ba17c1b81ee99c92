#include "libs/policy/manifest.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/policy/policy_shape.h"

namespace redress {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kCalendar = "calendar";

// Clears every field marked personal.
void ClearPersonal(Message* message) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (RuleOf(*field).personal()) {
      reflection->ClearField(message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
        ClearPersonal(reflection->MutableRepeatedMessage(message, field, i));
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ClearPersonal(reflection->MutableMessage(message, field));
    }
  }
}

std::string Serialise(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  REDRESS_CHECK(message.SerializeToCodedStream(&out));
  out.Trim();
  return bytes;
}

PolicyPart MakePart(std::string part, std::string code, const Message& message) {
  PolicyPart result{std::move(part), std::move(code), Serialise(message), {}};
  result.hash = HashOf(result.content);
  return result;
}

// The field of Policy that holds a part, or null.
const FieldDescriptor* FieldOfPart(std::string_view part) {
  const auto* field = policy::v1::Policy::descriptor()->FindFieldByName(
      part == kCalendar ? "calendars" : std::string(part));
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return nullptr;
  return (part == kCalendar) == field->is_repeated() ? field : nullptr;
}

}  // namespace

PolicyManifest MakeManifest(const policy::v1::Policy& policy) {
  policy::v1::Policy published = policy;
  ClearPersonal(&published);
  PolicyManifest manifest;
  const auto* reflection = published.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(published, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      manifest.parts.push_back(
          MakePart(field->name(), "", reflection->GetMessage(published, field)));
    }
  }
  for (const policy::v1::Calendar& calendar : published.calendars()) {
    manifest.parts.push_back(MakePart(std::string(kCalendar), calendar.code(), calendar));
  }
  std::sort(manifest.parts.begin(), manifest.parts.end(),
            [](const PolicyPart& a, const PolicyPart& b) {
              return std::tie(a.part, a.code) < std::tie(b.part, b.code);
            });
  manifest.hash = ManifestHash(manifest.parts);
  return manifest;
}

ContentHash ManifestHash(absl::Span<const PolicyPart> parts) {
  std::vector<std::string> lines;
  for (const PolicyPart& part : parts) {
    lines.push_back(absl::StrCat(part.part, "|", part.code, "|", part.hash.ToHex(), "\n"));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return HashOf(text);
}

absl::StatusOr<policy::v1::Policy> PolicyFromParts(absl::Span<const PolicyPart> parts) {
  policy::v1::Policy policy;
  const auto* reflection = policy.GetReflection();
  std::set<std::pair<std::string, std::string>> seen;
  // Calendars stand in the order of their codes, whatever the order of the parts.
  std::vector<const PolicyPart*> ordered;
  for (const PolicyPart& part : parts) ordered.push_back(&part);
  std::sort(ordered.begin(), ordered.end(), [](const PolicyPart* a, const PolicyPart* b) {
    return std::tie(a->part, a->code) < std::tie(b->part, b->code);
  });
  for (const PolicyPart* part : ordered) {
    const std::string label =
        part->code.empty() ? part->part : absl::StrCat(part->part, " ", part->code);
    if (!seen.insert({part->part, part->code}).second) {
      return absl::InvalidArgumentError(absl::StrCat("policy part ", label, " is given twice"));
    }
    if (HashOf(part->content) != part->hash) {
      return absl::DataLossError(
          absl::StrCat("policy part ", label, " does not hash to ", part->hash.ToHex()));
    }
    const FieldDescriptor* field = FieldOfPart(part->part);
    if (field == nullptr) continue;
    Message* message = field->is_repeated() ? reflection->AddMessage(&policy, field)
                                            : reflection->MutableMessage(&policy, field);
    if (!message->ParseFromString(part->content)) {
      return absl::DataLossError(absl::StrCat("policy part ", label, " does not parse"));
    }
  }
  const auto* type = policy::v1::Policy::descriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!RuleOf(*field).required() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      continue;
    const bool there = field->is_repeated() ? reflection->FieldSize(policy, field) > 0
                                            : reflection->HasField(policy, field);
    if (!there)
      return absl::DataLossError(absl::StrCat("policy part ", field->name(), " is missing"));
  }
  return policy;
}

}  // namespace redress
