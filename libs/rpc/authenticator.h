// Names callers. With a token file: `authorization: Bearer <token>` → caller. Without one:
// everybody is the local person with all roles, which is why such a server may listen on loopback
// only (`RpcServer` checks it). Immutable after loading; thread-safe. Tokens are kept as SHA-256
// only and compared in constant time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/caller.h"

namespace redress {

class Authenticator {
 public:
  // Everybody is `local`, PERSON, all roles.
  Authenticator();

  // The file has a line per token: `token actor_kind actor_id role,role`; blank lines and lines
  // that begin with # are skipped, "-" means no roles. Kinds: service, person, complainant,
  // api_client, importer. NOT_FOUND, PERMISSION_DENIED: the file cannot be read. INVALID_ARGUMENT
  // names the line and what is wrong.
  static absl::StatusOr<Authenticator> FromFile(const std::string& path);
  static absl::StatusOr<Authenticator> FromText(std::string_view text);

  bool has_tokens() const { return !tokens_.empty(); }

  // `authorization` is the metadata value, empty when there is none.
  // UNAUTHENTICATED, reason TOKEN_REQUIRED or TOKEN_UNKNOWN.
  absl::StatusOr<std::shared_ptr<const Caller>> Authenticate(std::string_view authorization) const;

 private:
  struct Token {
    std::array<uint8_t, 32> hash;
    std::shared_ptr<const Caller> caller;
  };
  std::shared_ptr<const Caller> local_;
  std::vector<Token> tokens_;
};

// Whether only this machine can reach the address: "localhost:0", "127.0.0.1:7000", "[::1]:0",
// "unix:/run/x".
bool IsLoopback(std::string_view address);

}  // namespace redress
