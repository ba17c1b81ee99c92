#include "libs/rpc/authenticator.h"

#include <arpa/inet.h>

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/file.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/utf8.h"
#include "libs/errors/errors.h"
#include "openssl/crypto.h"

namespace redress {
namespace {

using event::v1::Actor;

// Shorter tokens could be guessed.
constexpr size_t kMinTokenBytes = 16;

std::optional<Actor::Kind> KindFromName(std::string_view name) {
  if (name == "service") return Actor::SERVICE;
  if (name == "person") return Actor::PERSON;
  if (name == "complainant") return Actor::COMPLAINANT;
  if (name == "api_client") return Actor::API_CLIENT;
  if (name == "importer") return Actor::IMPORTER;
  return std::nullopt;
}

absl::Status LineError(int line, std::string_view problem) {
  return InvalidField(absl::StrCat("line ", line), problem);
}

// The caller of one line's words (after the token).
absl::StatusOr<Caller> ParseCaller(int line, const std::vector<std::string>& words) {
  Caller caller;
  const auto kind = KindFromName(words[1]);
  if (!kind)
    return LineError(line,
                     "actor_kind is none of service, person, complainant, api_client, importer");
  caller.kind = *kind;
  caller.id = words[2];
  if (words[3] == "-") return caller;
  for (absl::string_view role : absl::StrSplit(words[3], ',')) {
    if (role.empty()) return LineError(line, "a role is empty");
    caller.roles.insert(std::string(role));
  }
  return caller;
}

}  // namespace

Authenticator::Authenticator() {
  auto local = std::make_shared<Caller>();
  local->kind = Actor::PERSON;
  local->id = "local";
  local->all_roles = true;
  local_ = std::move(local);
}

absl::StatusOr<Authenticator> Authenticator::FromFile(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok())
    return absl::Status(text.status().code(), absl::StrCat("token file ", text.status().message()));
  absl::StatusOr<Authenticator> result = FromText(*text);
  if (!result.ok()) {
    // The lines' words are secrets: only their numbers are told.
    return InvalidField(path, absl::StrCat(result.status().message()));
  }
  return result;
}

absl::StatusOr<Authenticator> Authenticator::FromText(std::string_view text) {
  Authenticator result;
  if (!IsUtf8(text)) return InvalidField("text", "is not UTF-8");
  int number = 0;
  for (absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    ++number;
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words[0][0] == '#') continue;
    if (words.size() != 4)
      return LineError(number, "is not of the form: token actor_kind actor_id role,role");
    if (words[0].size() < kMinTokenBytes) {
      return LineError(number,
                       absl::StrCat("the token is shorter than ", kMinTokenBytes, " characters"));
    }
    REDRESS_ASSIGN_OR_RETURN(Caller caller, ParseCaller(number, words));
    Token token{Sha256(words[0]), std::make_shared<const Caller>(std::move(caller))};
    for (const Token& other : result.tokens_) {
      if (other.hash == token.hash)
        return LineError(number, "the token stands on an earlier line too");
    }
    result.tokens_.push_back(std::move(token));
  }
  if (result.tokens_.empty()) return InvalidField("text", "holds no token");
  return result;
}

absl::StatusOr<std::shared_ptr<const Caller>> Authenticator::Authenticate(
    std::string_view authorization) const {
  if (tokens_.empty()) return local_;
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size() ||
      !absl::StartsWithIgnoreCase(absl::string_view(authorization.data(), authorization.size()),
                                  absl::string_view(kScheme.data(), kScheme.size()))) {
    return MakeError(absl::StatusCode::kUnauthenticated, reason::kTokenRequired,
                     "send the metadata authorization: Bearer <token>");
  }
  const auto hash = Sha256(authorization.substr(kScheme.size()));
  // All are compared, so that the time says nothing about which one nearly matched.
  const Token* found = nullptr;
  for (const Token& token : tokens_) {
    if (CRYPTO_memcmp(token.hash.data(), hash.data(), hash.size()) == 0) found = &token;
  }
  if (found == nullptr) {
    return MakeError(absl::StatusCode::kUnauthenticated, reason::kTokenUnknown,
                     "the token is not known here");
  }
  return found->caller;
}

bool IsLoopback(std::string_view address) {
  if (address.substr(0, 5) == "unix:" || address.substr(0, 14) == "unix-abstract:") return true;
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string host(address.substr(0, colon));
  if (host == "localhost") return true;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace redress
