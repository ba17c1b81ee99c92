// Building blocks of an `Explained`: what a decision rested on, as text. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/repeated_ptr_field.h"
#include "redress/event/v1/shared.pb.h"

namespace redress {

// "5", "product/quality", "120000 CNY", "true"; empty for a field without value.
std::string FieldText(const event::v1::Field& field);

void AddInput(std::string_view name, std::string value, event::v1::Explained* explained);

// For events that name their facts once, as typed fields (`ClocksSet.basis`): adds each as an
// input, under its id. An explanation that names inputs itself, as earlier releases wrote it, stays
// as it is.
void AddInputs(const google::protobuf::RepeatedPtrField<event::v1::Field>& fields,
               event::v1::Explained* explained);

}  // namespace redress
