// The port `EventLog`: the ordered, durable record of everything. Adapters: embedded/ (RocksDB),
// kafka/ (librdkafka), simulated/ (memory and a seed). What every adapter promises is the list of
// architecture §2; the tests of contract/ hold it against each of them.
//
// Threads: every method may be called from any thread. Call-backs come on a thread of the log,
// never inside the call that registered them; they must be short (post to an executor) and must not
// call back into the log while holding a lock that a caller of the log holds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "libs/event_log/shared_decode.h"

namespace redress {

enum class Topic : uint8_t {
  kComplaints = 0,
  kInbound = 1,
  kDirectory = 2,
  kKeys = 3,
  kAudit = 4,
  kDeadLetter = 5
};
inline constexpr int kTopicCount = 6;

// Name on the bus, e.g. "redress.complaints.v1".
std::string_view TopicName(Topic topic);
std::optional<Topic> TopicFromName(std::string_view name);

// True for topics whose records an operator may let go after a time: inbound messages and dead
// letters. The others are kept for ever.
bool TopicIsTrimmed(Topic topic);

struct TopicPartition {
  Topic topic = Topic::kComplaints;
  Partition partition;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const TopicPartition& tp) {
    return H::combine(std::move(h), static_cast<int>(tp.topic), tp.partition);
  }
};

// Partition of a stream: first 8 bytes of its id, big-endian, modulo the count ("be64-mod").
// ON THE LOG: DO NOT CHANGE.
Partition PartitionOf(const StreamId& stream, int32_t partitions);

// The largest record (key + value + headers) that may be appended, bytes.
inline constexpr size_t kMaxRecordBytes = 1 << 20;

struct RecordHeader {
  std::string name;
  std::string value;
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

// What is appended. Key and value may be null; null and empty differ. Headers keep order and may
// repeat.
struct Record {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<RecordHeader> headers;
  // Set by the producer, ms since 1970 UTC. May go backwards; position is the only order.
  int64_t timestamp_ms = 0;
};

// Key, value and headers (names and values), bytes: what `kMaxRecordBytes` bounds.
size_t RecordBytes(const Record& record);

// Name and value of one header.
using HeaderView = std::pair<std::string_view, std::string_view>;

// What is read. The views live as long as their owner in the `ReadBatch` they came with.
struct RecordView {
  TopicPartition source;
  Offset offset;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const HeaderView> headers;
  int64_t timestamp_ms = 0;
  // Null when nobody else in this process reads the same bytes.
  SharedDecode* shared = nullptr;
  // Index in `ReadBatch::owners`.
  uint32_t owner = 0;

  // Value of the last header of that name, or nothing.
  std::optional<std::string_view> Header(std::string_view name) const;
};

// The first record of every partition identifies the log: key null, this one header, value a
// serialised event.v1.Genesis (libs/event_log/genesis). The first one wins; a record of this form
// is never delivered, wherever it stands. ON THE LOG: DO NOT CHANGE.
inline constexpr std::string_view kGenesisHeader = "redress-genesis";
bool IsGenesis(const RecordView& record);

// First 8 bytes of SHA-256 over key, value (each with a null marker) and headers; not the
// timestamp. Part of a projection's stored position.
uint64_t RecordHash(const RecordView& record);

struct AppendOutcome {
  enum class Kind {
    // Durable at `offset`; readers see it.
    kAppended,
    // It is not in the log and never will be.
    kNotAppended,
    // It may be in the log now, or later. Never becomes kNotAppended by waiting.
    kUnknown,
  };
  Kind kind = Kind::kUnknown;
  Offset offset;
  // Why not, or why unknown. INVALID_ARGUMENT: the record is too large. RESOURCE_EXHAUSTED: queue
  // or disk full.
  absl::Status status;
};
using AppendDone = absl::AnyInvocable<void(AppendOutcome)>;

// Where a reader starts: the first record delivered has an offset at or above `from`.
struct ReadFrom {
  TopicPartition source;
  Offset from;
  // Where `from` is gone, the oldest record that is kept comes first.
  bool or_oldest = false;

  // Where reading begins when the records from `oldest` on are kept.
  Offset Start(Offset oldest) const { return or_oldest ? std::max(from, oldest) : from; }
};

// The reader has delivered all that was visible up to `end` (exclusive; an offset at or above every
// record delivered so far plus one) at some moment during the poll. This, not arithmetic, means
// "caught up".
struct EndOfPartition {
  TopicPartition source;
  Offset end;
};

struct ReadBatch {
  // Within a partition in offset order; between partitions in no order.
  std::vector<RecordView> records;
  std::vector<EndOfPartition> ends;
  // Each keeps the bytes of some of the `records` alive.
  std::vector<std::shared_ptr<const void>> owners;
  void Clear() {
    records.clear();
    ends.clear();
    owners.clear();
  }
};

// Reads a fixed set of partitions. One thread at a time. Does not outlive its log; a batch may.
class LogReader {
 public:
  virtual ~LogReader() = default;
  // Replaces `batch` with up to `max_records` further records; never blocks. An empty batch means
  // that nothing is there yet. Genesis records are never delivered. OUT_OF_RANGE: a start lies
  // before the oldest (unless `or_oldest`) or beyond the newest record (never silently moved);
  // UNAVAILABLE: ask again; DATA_LOSS: the log is damaged. After an error the reader may be asked
  // again.
  virtual absl::Status Poll(size_t max_records, ReadBatch* batch) = 0;
  // `wake` is called (on a log thread) when records may be there after a poll that found none. Set
  // it before the first poll. Spurious calls are possible.
  virtual void SetWake(absl::AnyInvocable<void()> wake) = 0;
};

// What an instance acts for. Waste avoidance, never a permission: any instance may append.
enum class OwnershipKind { kIntake, kClassifier, kSlaTimer, kTakeIn, kRouter, kAnalytics };
inline constexpr int kOwnershipKindCount = 6;
std::string_view OwnershipKindName(OwnershipKind kind);

class Ownership {
 public:
  virtual ~Ownership() = default;
};
// All units owned from now on. Units: complaint partitions (intake, classifier, sla-timer), inbound
// partitions (take-in), the single unit 0 (router, analytics).
using OwnershipChanged = absl::AnyInvocable<void(std::vector<Partition> owned)>;

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Identity, from the genesis records.
  virtual LogId log_id() const = 0;
  // Fixed when the topic was made.
  virtual int32_t PartitionCount(Topic topic) const = 0;

  // Appends one record, atomically. `done` is called exactly once, also when the log closes (then
  // kUnknown). Records of one caller thread to one partition keep their order when they succeed.
  virtual void Append(TopicPartition to, Record record, AppendDone done) = 0;

  // Never fails for a reachable log; errors of a start offset come with the first poll.
  virtual absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) = 0;

  // An offset at or above all that was durable when asked: a reader that has reached it (by records
  // or by EndOfPartition) has seen all of it.
  virtual void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) = 0;

  // Takes part in sharing the units of `kind` among all instances until the returned object is
  // destroyed; `changed` is called first with what is owned at the start.
  virtual absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind,
                                                         OwnershipChanged changed) = 0;
};

}  // namespace redress
