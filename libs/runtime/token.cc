#include "libs/runtime/token.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace redress {
namespace {

std::string Opaque(const std::string& text) { return absl::WebSafeBase64Escape(text); }

std::vector<std::string> Parts(std::string_view text) {
  std::string plain;
  if (!absl::WebSafeBase64Unescape(absl::string_view(text.data(), text.size()), &plain)) return {};
  return absl::StrSplit(plain, '.');
}

}  // namespace

std::string FormatToken(const ConsistencyToken& token) {
  std::string text = absl::StrCat("t.", token.log.ToHex());
  for (const auto& [source, end] : token.ends) {
    absl::StrAppend(&text, ".", static_cast<int>(source.topic), ".", source.partition.value(), ".",
                    end.value());
  }
  return Opaque(text);
}

absl::StatusOr<ConsistencyToken> ParseToken(std::string_view text) {
  ConsistencyToken token;
  if (text.empty()) return token;
  const auto bad = [] {
    return absl::InvalidArgumentError("consistency_token: not a token of this system");
  };
  const std::vector<std::string> parts = Parts(text);
  if (parts.size() < 2 || parts[0] != "t" || (parts.size() - 2) % 3 != 0) return bad();
  const auto log = LogId::FromHex(parts[1]);
  if (!log) return bad();
  token.log = *log;
  for (size_t i = 2; i < parts.size(); i += 3) {
    int topic = 0;
    int32_t partition = 0;
    int64_t end = 0;
    if (!absl::SimpleAtoi(parts[i], &topic) || topic < 0 || topic >= kTopicCount ||
        !absl::SimpleAtoi(parts[i + 1], &partition) || !absl::SimpleAtoi(parts[i + 2], &end) ||
        end < 0) {
      return bad();
    }
    token.ends[{static_cast<Topic>(topic), Partition(partition)}] = Offset(end);
  }
  return token;
}

std::string FormatEtag(const Etag& etag) {
  return Opaque(
      absl::StrCat("e.", etag.log.ToHex(), ".", etag.stream.ToHex(), ".", etag.version.value()));
}

absl::StatusOr<Etag> ParseEtag(std::string_view text) {
  const std::vector<std::string> parts = Parts(text);
  const auto bad = [] { return absl::InvalidArgumentError("etag: not an etag of this system"); };
  if (parts.size() != 4 || parts[0] != "e") return bad();
  const auto log = LogId::FromHex(parts[1]);
  const auto stream = StreamId::FromHex(parts[2]);
  uint64_t version = 0;
  if (!log || !stream || !absl::SimpleAtoi(parts[3], &version)) return bad();
  return Etag{*log, *stream, Version(version)};
}

}  // namespace redress
