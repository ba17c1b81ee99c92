#include "tests/compat/descriptor_check.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"
#include "libs/base/check.h"
#include "libs/domain/aspects.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/options.pb.h"
#include "redress/event/v1/record.pb.h"
#include "redress/event/v1/shared.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::compat {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;

// A set may list its files in any order: the pool asks for what it needs.
class SetDatabase : public google::protobuf::DescriptorDatabase {
 public:
  explicit SetDatabase(const FileDescriptorSet& set) : set_(set) {}
  bool FindFileByName(const std::string& name, FileDescriptorProto* output) override {
    for (const auto& file : set_.file()) {
      if (file.name() != name) continue;
      *output = file;
      return true;
    }
    return false;
  }
  bool FindFileContainingSymbol(const std::string&, FileDescriptorProto*) override { return false; }
  bool FindFileContainingExtension(const std::string&, int, FileDescriptorProto*) override {
    return false;
  }

 private:
  const FileDescriptorSet& set_;
};

AspectSet SetOf(const google::protobuf::RepeatedField<int>& aspects) {
  AspectSet set;
  for (int aspect : aspects) set.Add(static_cast<Aspect>(aspect));
  return set;
}

class Comparison {
 public:
  explicit Comparison(const DescriptorPool& current) : current_(current) {}
  std::vector<std::string> Take() { return std::move(found_); }

  void File(const FileDescriptor& golden) {
    for (int i = 0; i < golden.message_type_count(); ++i) Message(*golden.message_type(i));
    for (int i = 0; i < golden.enum_type_count(); ++i) Enum(*golden.enum_type(i));
    for (int i = 0; i < golden.extension_count(); ++i) {
      const FieldDescriptor& extension = *golden.extension(i);
      const FieldDescriptor* now = current_.FindExtensionByName(extension.full_name());
      if (!Exists(now, extension.full_name())) continue;
      Same(extension.full_name(), "number", extension.number(), now->number());
    }
  }

 private:
  bool Exists(const void* now, const std::string& name) {
    if (now == nullptr) found_.push_back(absl::StrCat(name, " is gone"));
    return now != nullptr;
  }

  template <typename T>
  void Same(const std::string& name, const char* what, const T& golden, const T& now) {
    if (golden != now)
      found_.push_back(absl::StrCat(name, ": ", what, " was ", golden, ", is ", now));
  }

  void Kept(const std::string& name, const char* what, AspectSet golden, AspectSet now) {
    if (now.Contains(golden)) return;
    found_.push_back(
        absl::StrCat(name, ": ", what, " was ", golden.ToString(), ", is ", now.ToString()));
  }

  void Message(const Descriptor& golden) {
    const Descriptor* now = current_.FindMessageTypeByName(golden.full_name());
    if (!Exists(now, golden.full_name())) return;
    for (int i = 0; i < golden.field_count(); ++i) {
      const FieldDescriptor& field = *golden.field(i);
      const FieldDescriptor* field_now = now->FindFieldByNumber(field.number());
      if (Exists(field_now, absl::StrCat(field.full_name(), " = ", field.number())))
        Field(field, *field_now);
    }
    for (int i = 0; i < golden.nested_type_count(); ++i) Message(*golden.nested_type(i));
    for (int i = 0; i < golden.enum_type_count(); ++i) Enum(*golden.enum_type(i));
    PayloadOptions(golden, *now);
  }

  void Field(const FieldDescriptor& golden, const FieldDescriptor& now) {
    const std::string& name = golden.full_name();
    Same(name, "name", golden.name(), now.name());
    Same(name, "type", std::string(golden.type_name()), std::string(now.type_name()));
    Same(name, "repeated", golden.is_repeated(), now.is_repeated());
    Same(name, "presence", golden.has_presence(), now.has_presence());
    Same(name, "JSON name", golden.json_name(), now.json_name());
    if (golden.message_type() != nullptr && now.message_type() != nullptr) {
      Same(name, "message", golden.message_type()->full_name(), now.message_type()->full_name());
    }
    if (golden.enum_type() != nullptr && now.enum_type() != nullptr) {
      Same(name, "enum", golden.enum_type()->full_name(), now.enum_type()->full_name());
    }
    if (!golden.options().HasExtension(event::v1::part)) return;
    Same(name, "is a part", true, now.options().HasExtension(event::v1::part));
    Kept(name, "writes of the part", SetOf(golden.options().GetExtension(event::v1::part).writes()),
         SetOf(now.options().GetExtension(event::v1::part).writes()));
  }

  void Enum(const EnumDescriptor& golden) {
    const EnumDescriptor* now = current_.FindEnumTypeByName(golden.full_name());
    if (!Exists(now, golden.full_name())) return;
    for (int i = 0; i < golden.value_count(); ++i) {
      const auto& value = *golden.value(i);
      const auto* value_now = now->FindValueByNumber(value.number());
      if (!Exists(value_now, absl::StrCat(value.full_name(), " = ", value.number()))) continue;
      Same(value.full_name(), "name", value.name(), value_now->name());
    }
  }

  void PayloadOptions(const Descriptor& golden, const Descriptor& now) {
    if (!golden.options().HasExtension(event::v1::payload_type)) return;
    const std::string& name = golden.full_name();
    const auto& was = golden.options().GetExtension(event::v1::payload_type);
    const auto& is = now.options().GetExtension(event::v1::payload_type);
    Same(name, "payload number", was.number(), is.number());
    Same(name, "opens", event::v1::Opens_Name(was.opens()), event::v1::Opens_Name(is.opens()));
    Same(name, "directory", was.directory(), is.directory());
    Same(name, "record_only", was.record_only(), is.record_only());
    Same(name, "writes_all", was.writes_all(), is.writes_all());
    if (!was.sealed().empty()) Same(name, "sealed", was.sealed(), is.sealed());
    Kept(name, "writes", SetOf(was.writes()), SetOf(is.writes()));
    if (is.schema_version() < was.schema_version()) {
      Same(name, "schema version", was.schema_version(), is.schema_version());
    }
  }

  const DescriptorPool& current_;
  std::vector<std::string> found_;
};

FileDescriptorSet WithImports(const FileDescriptorSet& set) {
  FileDescriptorSet whole = set;
  google::protobuf::FileDescriptorProto::descriptor()->file()->CopyTo(whole.add_file());
  return whole;
}

}  // namespace

FileDescriptorSet CurrentDescriptors() {
  std::map<std::string, const FileDescriptor*> files;
  const auto add = [&](const FileDescriptor* file) { files[file->name()] = file; };
  for (const PayloadInfo* type : AllPayloads()) add(type->prototype->GetDescriptor()->file());
  add(event::v1::Event::descriptor()->file());
  add(event::v1::Message::descriptor()->file());
  add(event::v1::PayloadType::descriptor()->file());
  add(personal::v1::InboundItem::descriptor()->file());
  FileDescriptorSet set;
  for (const auto& [name, file] : files) file->CopyTo(set.add_file());
  return set;
}

std::vector<std::string> Incompatibilities(const FileDescriptorSet& golden,
                                           const FileDescriptorSet& current) {
  const FileDescriptorSet golden_set = WithImports(golden);
  const FileDescriptorSet current_set = WithImports(current);
  SetDatabase golden_files(golden_set);
  SetDatabase current_files(current_set);
  DescriptorPool golden_pool(&golden_files);
  DescriptorPool current_pool(&current_files);
  for (const auto& file : current.file())
    REDRESS_CHECK(current_pool.FindFileByName(file.name()) != nullptr);
  Comparison comparison(current_pool);
  for (const auto& file : golden.file()) {
    const FileDescriptor* built = golden_pool.FindFileByName(file.name());
    REDRESS_CHECK(built != nullptr);
    comparison.File(*built);
  }
  return comparison.Take();
}

}  // namespace redress::compat
