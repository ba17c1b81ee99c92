#include "libs/domain/explanation.h"

#include <utility>

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

void AddInput(std::string_view name, std::string value, event::v1::Explained* explained) {
  auto* input = explained->add_inputs();
  input->set_name(std::string(name));
  input->set_value(std::move(value));
}

void AddInputs(const google::protobuf::RepeatedPtrField<Field>& fields,
               event::v1::Explained* explained) {
  if (!explained->inputs().empty()) return;
  for (const Field& field : fields) AddInput(field.field_id(), FieldText(field), explained);
}

}  // namespace redress
