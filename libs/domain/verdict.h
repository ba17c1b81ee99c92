// The verdict: which events count (architecture §3). Every reader of the log calls `Judge` on every
// record, in log order, and reaches the same answer from the header alone. ON THE LOG: DO NOT
// CHANGE the rules, their order, the window or the meaning of the masks. The bytes of `Head` are
// described in docs/formats/verdict.md.
//
// Pure values; thread-safe as values are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/ids.h"
#include "libs/domain/aspects.h"
#include "redress/event/v1/record.pb.h"

namespace redress {

// W: how many closed request ids a head remembers, and how old a decision may be.
inline constexpr uint64_t kWindow = 64;

enum class Verdict : uint8_t {
  kEffective = 0,
  // The header does not parse.
  kMalformed = 1,
  // The request id is closed: answered with its first outcome.
  kDuplicate = 2,
  // No such stream and the event does not open one, or `seen` lies in the future. Request id stays
  // open.
  kUnknown = 3,
  // Decided more than W versions ago. Request id stays open: decide again.
  kTooOld = 4,
  // An aspect that was read has been written since. Request id stays open: decide again.
  kConflict = 5,
};
inline constexpr int kVerdictCount = 6;
std::string_view VerdictName(Verdict verdict);

// What the verdict looks at: integers and bytes.
struct JudgedHeader {
  StreamId stream;
  RequestId request;
  EventId event;
  bool opens = false;
  Version seen;
  AspectSet reads;
  AspectSet writes;
  // First 16 bytes of the command's hash; none for automatic events.
  ContentHash command_hash;
};

// Nothing when an id has not 16 bytes (a command hash may be absent): the record is malformed.
std::optional<JudgedHeader> ReadHeader(const event::v1::Header& header);

// A request id with its one outcome, for ever.
struct ClosedRequest {
  RequestId request;
  EventId event;
  ContentHash command_hash;
  // The closing record's place in the partition.
  Offset offset;
  // `CommandRefused` instead of yes.
  bool refused = false;
  friend bool operator==(const ClosedRequest&, const ClosedRequest&) = default;
};

// The machinery of one stream: all that `Judge` needs.
class Head {
 public:
  Version version() const { return version_; }
  bool exists() const { return version_.value() > 0; }
  // Version at which the aspect was last written; 0: never.
  Version changed(Aspect aspect) const { return Version(changed_[aspect]); }
  // Aspects of `reads` written after `seen`.
  AspectSet ChangedSince(AspectSet reads, Version seen) const;
  // The closed request among the last W, or null.
  const ClosedRequest* FindClosed(const RequestId& request) const;
  const std::vector<ClosedRequest>& closed() const { return closed_; }

  // Makes the effective event count. Returns the request that left the window, if one did.
  std::optional<ClosedRequest> Accept(const JudgedHeader& header, Offset offset, bool refused);

  std::string Encode() const;
  static std::optional<Head> Decode(std::string_view bytes);
  friend bool operator==(const Head&, const Head&) = default;

 private:
  Version version_;
  std::array<uint64_t, 64> changed_{};
  // Oldest first; at most W.
  std::vector<ClosedRequest> closed_;
};

// Never returns kMalformed: that is the answer where `ReadHeader` gave nothing.
Verdict Judge(const Head& head, const JudgedHeader& header);

}  // namespace redress
