#include "libs/domain/field_text.h"

#include "absl/strings/str_cat.h"

namespace redress {

using event::v1::Field;

std::string FieldText(const Field& field) {
  switch (field.type()) {
    case Field::INTEGER:
    case Field::TIME:
      return absl::StrCat(field.integer());
    case Field::MONEY:
      if (!field.has_money()) return "";
      return absl::StrCat(field.money().amount_minor(), " ", field.money().currency());
    case Field::BOOLEAN:
      return field.integer() != 0 ? "true" : "false";
    default:
      return field.text();
  }
}

void AddInputs(const google::protobuf::RepeatedPtrField<Field>& fields,
               event::v1::Explained* explained) {
  for (const Field& field : fields) {
    auto* input = explained->add_inputs();
    input->set_name(field.field_id());
    input->set_value(FieldText(field));
  }
}

}  // namespace redress
