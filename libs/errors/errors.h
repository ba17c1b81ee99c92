// Typed errors: an absl::Status that carries the messages of google.rpc (ErrorInfo, BadRequest,
// RetryInfo) as payloads under their type URLs. Made anywhere, also where no gRPC is known;
// libs/rpc carries them over the wire unchanged. Value functions, thread-safe. Never put personal
// data into a message or metadata.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/errors/reasons.h"

namespace redress {

inline constexpr std::string_view kErrorDomain = "redress";

using ErrorMetadata = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// A status with ErrorInfo. `code` is not OK; `reason` is UPPER_SNAKE_CASE, one of
// libs/errors/reasons.h or a refusal code; `message` is for developers, in English.
[[nodiscard]] absl::Status MakeError(absl::StatusCode code, std::string_view reason,
                                     std::string_view message, ErrorMetadata metadata = {});

// `status` (not OK) with a hint when to call again, > 0.
[[nodiscard]] absl::Status WithRetryDelay(absl::Status status, absl::Duration delay);

struct FieldViolation {
  // Path from the request message, e.g. "complainant.contacts[1].value".
  std::string field;
  // What is wrong and what is allowed.
  std::string description;
  friend bool operator==(const FieldViolation&, const FieldViolation&) = default;
};

// Collects everything that is wrong with a request, so that a caller hears it all at once.
class FieldViolations {
 public:
  void Add(std::string_view field, std::string_view description) {
    violations_.push_back({std::string(field), std::string(description)});
  }
  bool empty() const { return violations_.empty(); }
  const std::vector<FieldViolation>& all() const { return violations_; }
  // OK when empty, else INVALID_ARGUMENT, reason INVALID_FIELD, with BadRequest.
  [[nodiscard]] absl::Status ToStatus() const;

 private:
  std::vector<FieldViolation> violations_;
};

// INVALID_ARGUMENT about one field.
[[nodiscard]] absl::Status InvalidField(std::string_view field, std::string_view description);

// What a status carries; empty when it does not.
std::string ReasonOf(const absl::Status& status);
std::optional<std::string> ErrorMetadataOf(const absl::Status& status, std::string_view key);
std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status);
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

// The whole error for a person at a terminal: code, reason and message, then a line per violation,
// metadata and delay. No final line end. "OK" for OK.
std::string DescribeError(const absl::Status& status);

}  // namespace redress
