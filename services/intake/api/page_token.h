// Page tokens: where the next page begins, opaque to callers, good for the same question only.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "libs/base/ids.h"

namespace redress::intake {

// Names a question: hash of the request without its page token, size and consistency token.
ContentHash QuestionOf(const google::protobuf::Message& request);

// `place`: any bytes that the list understands.
std::string MakePageToken(const ContentHash& question, std::string_view place);
// The place; empty for an empty token. INVALID_ARGUMENT: not a token, or of another question.
absl::StatusOr<std::string> ReadPageToken(const ContentHash& question, const std::string& token);

// `asked` within 1 and `maximum`; `standard` when it is 0.
int PageSizeOf(int asked, int standard, int maximum);

}  // namespace redress::intake
