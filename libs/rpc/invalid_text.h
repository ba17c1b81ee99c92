// Finds the text field that made a message unparsable: protobuf refuses proto3 strings that are not
// UTF-8 without saying which. Pure; only used after a parse has failed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"

namespace redress {

// Path of the first string field in `bytes` (a serialised message of `type`) that is not UTF-8,
// e.g. "complainant.contacts[1].value"; nothing when all text is valid or the bytes are no message
// at all.
std::optional<std::string> InvalidTextField(const google::protobuf::Descriptor& type,
                                            std::string_view bytes);

}  // namespace redress
