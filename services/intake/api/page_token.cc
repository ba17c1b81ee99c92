#include "services/intake/api/page_token.h"

#include <algorithm>
#include <memory>

#include "absl/strings/escaping.h"
#include "libs/base/hash.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"

namespace redress::intake {

ContentHash QuestionOf(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> rest(request.New());
  rest->CopyFrom(request);
  for (const char* name : {"page_token", "page_size", "consistency_token"}) {
    if (const auto* field = rest->GetDescriptor()->FindFieldByName(name)) {
      rest->GetReflection()->ClearField(rest.get(), field);
    }
  }
  return HashOf(rest->SerializeAsString());
}

std::string MakePageToken(const ContentHash& question, std::string_view place) {
  return absl::WebSafeBase64Escape(Absl(question.ToBytes() + std::string(place)));
}

absl::StatusOr<std::string> ReadPageToken(const ContentHash& question, const std::string& token) {
  if (token.empty()) return std::string();
  std::string plain;
  if (!absl::WebSafeBase64Unescape(token, &plain) || plain.size() <= ContentHash::kSize) {
    return InvalidField("page_token", "not a token of this system");
  }
  if (std::string_view(plain).substr(0, ContentHash::kSize) != question.bytes()) {
    return InvalidField("page_token",
                        "of another question: filter, order and view must stay the same");
  }
  return plain.substr(ContentHash::kSize);
}

int PageSizeOf(int asked, int standard, int maximum) {
  return asked <= 0 ? standard : std::min(asked, maximum);
}

}  // namespace redress::intake
