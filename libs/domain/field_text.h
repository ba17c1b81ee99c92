// Typed fields as text, as explanations name what a decision rested on. Pure; thread-safe.
#pragma once

#include <string>

#include "google/protobuf/repeated_ptr_field.h"
#include "redress/event/v1/shared.pb.h"

namespace redress {

// "5", "product/quality", "120000 CNY", "true"; empty for a field without value.
std::string FieldText(const event::v1::Field& field);

// Adds each field as an input, under its id. For events that name their facts once, as typed
// fields (`ClocksSet.basis`), and not in their explanation again.
void AddInputs(const google::protobuf::RepeatedPtrField<event::v1::Field>& fields,
               event::v1::Explained* explained);

}  // namespace redress
