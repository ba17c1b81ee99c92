// Consistency tokens and etags: opaque to callers, so their form may change with any release. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "libs/event_log/event_log.h"

namespace redress {

// "I have seen the log up to here": every partition named is to be folded below the offset given.
struct ConsistencyToken {
  LogId log;
  std::map<TopicPartition, Offset> ends;
};
std::string FormatToken(const ConsistencyToken& token);
// INVALID_ARGUMENT when it is none of ours. An empty text is an empty token.
absl::StatusOr<ConsistencyToken> ParseToken(std::string_view text);

// "I decided on this version of this complaint."
struct Etag {
  LogId log;
  StreamId stream;
  Version version;
};
std::string FormatEtag(const Etag& etag);
absl::StatusOr<Etag> ParseEtag(std::string_view text);

}  // namespace redress
