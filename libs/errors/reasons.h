// Every `google.rpc.ErrorInfo.reason` that the suite answers with, domain "redress". Callers branch
// on them: a reason is never renamed. Refusals (FAILED_PRECONDITION) use the names of
// `CommandRefused.Code` instead.
#pragma once

#include <string_view>

namespace redress::reason {

// ABORTED: the etag is stale; metadata `aspects` names what changed.
inline constexpr std::string_view kChanged = "CHANGED";
// ABORTED: the command lost several races; all its appends are judged. Read again and repeat with a
// new id.
inline constexpr std::string_view kConflict = "CONFLICT";
// ALREADY_EXISTS: the same request id came with another body.
inline constexpr std::string_view kRequestIdReused = "REQUEST_ID_REUSED";
// UNAVAILABLE: the wait ended before the answer was known. Repeating the same request id is safe.
inline constexpr std::string_view kOutcomeUnknown = "OUTCOME_UNKNOWN";
// UNAVAILABLE: the complaint holds events of a later release; ask an instance of that release.
inline constexpr std::string_view kUpgrade = "UPGRADE";
// UNAVAILABLE: this instance is stopping; call again, another one or the restarted one answers.
inline constexpr std::string_view kDraining = "DRAINING";
// UNAVAILABLE: this instance has not folded as far as the consistency token or etag asks.
inline constexpr std::string_view kNotCaughtUp = "NOT_CAUGHT_UP";
// RESOURCE_EXHAUSTED: too many calls in flight; `RetryInfo` says when to come again.
inline constexpr std::string_view kOverloaded = "OVERLOADED";
// RESOURCE_EXHAUSTED: too many open streams.
inline constexpr std::string_view kTooManyStreams = "TOO_MANY_STREAMS";
// Too many commands of this caller were refused lately: wait as told, and send what the complaint
// allows.
inline constexpr std::string_view kTooManyRefusals = "TOO_MANY_REFUSALS";
// RESOURCE_EXHAUSTED: a message is larger than metadata `limit_bytes`.
inline constexpr std::string_view kTooLarge = "TOO_LARGE";
// INVALID_ARGUMENT: field violations name the fields.
inline constexpr std::string_view kInvalidField = "INVALID_FIELD";
// INVALID_ARGUMENT: the bytes are not a message of this type.
inline constexpr std::string_view kMalformed = "MALFORMED";
// UNAUTHENTICATED: no token, or one that is not known.
inline constexpr std::string_view kTokenRequired = "TOKEN_REQUIRED";
inline constexpr std::string_view kTokenUnknown = "TOKEN_UNKNOWN";
// PERMISSION_DENIED: metadata `role` names what is missing.
inline constexpr std::string_view kRoleRequired = "ROLE_REQUIRED";
// UNAVAILABLE: no policy is active, or its parts are not folded here yet.
inline constexpr std::string_view kNoPolicy = "NO_POLICY";
// FAILED_PRECONDITION: the code belongs to more than one complaint; name it by id.
inline constexpr std::string_view kTrackingCodeAmbiguous = "TRACKING_CODE_AMBIGUOUS";
// FAILED_PRECONDITION: too many complaints match to be ordered so; narrow the filter.
inline constexpr std::string_view kTooManyMatches = "TOO_MANY_MATCHES";
// NOT_FOUND.
inline constexpr std::string_view kNotFound = "NOT_FOUND";
// DEADLINE_EXCEEDED by the server's own bound.
inline constexpr std::string_view kDeadline = "DEADLINE";

}  // namespace redress::reason
