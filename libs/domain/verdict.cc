#include "libs/domain/verdict.h"

#include <bit>

#include "libs/base/check.h"

namespace redress {
namespace {

constexpr char kEncoding = 1;
constexpr size_t kClosedBytes = 16 + 16 + 16 + 8 + 1;

void AppendFixed64(std::string* out, uint64_t value) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
  out->append(bytes, sizeof(bytes));
}

uint64_t ReadFixed64(std::string_view bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  constexpr std::string_view kNames[kVerdictCount] = {"effective", "malformed", "duplicate",
                                                      "unknown",   "too_old",   "conflict"};
  return kNames[static_cast<int>(verdict)];
}

std::optional<JudgedHeader> ReadHeader(const event::v1::Header& header) {
  const auto stream = StreamId::FromBytes(header.stream_id());
  const auto request = RequestId::FromBytes(header.request_id());
  const auto event = EventId::FromBytes(header.event_id());
  if (!stream || !request || !event) return std::nullopt;
  if (!header.command_hash().empty() && header.command_hash().size() != ContentHash::kSize)
    return std::nullopt;
  return JudgedHeader{.stream = *stream,
                      .request = *request,
                      .event = *event,
                      .opens = header.opens(),
                      .seen = Version(header.seen()),
                      .reads = AspectSet(header.reads()),
                      .writes = AspectSet(header.writes()),
                      .command_hash = ContentHash::FromBytesOrNone(header.command_hash())};
}

AspectSet Head::ChangedSince(AspectSet reads, Version seen) const {
  uint64_t changed = 0;
  for (uint64_t left = reads.mask(); left != 0; left &= left - 1) {
    const int bit = std::countr_zero(left);
    if (changed_[bit] > seen.value()) changed |= uint64_t{1} << bit;
  }
  return AspectSet(changed);
}

const ClosedRequest* Head::FindClosed(const RequestId& request) const {
  for (auto it = closed_.rbegin(); it != closed_.rend(); ++it) {
    if (it->request == request) return &*it;
  }
  return nullptr;
}

Verdict Judge(const Head& head, const JudgedHeader& header) {
  // An opening event is judged as if it had seen nothing, read and written everything: a second
  // opener conflicts.
  const Version seen = header.opens ? Version(0) : header.seen;
  const AspectSet reads = header.opens ? AspectSet::All() : header.reads;
  if (head.FindClosed(header.request) != nullptr) return Verdict::kDuplicate;
  if ((!head.exists() && !header.opens) || seen > head.version()) return Verdict::kUnknown;
  if (head.version().value() - seen.value() > kWindow) return Verdict::kTooOld;
  if (!head.ChangedSince(reads, seen).empty()) return Verdict::kConflict;
  return Verdict::kEffective;
}

std::optional<ClosedRequest> Head::Accept(const JudgedHeader& header, Offset offset, bool refused) {
  version_ = version_.Next();
  const AspectSet writes = header.opens ? AspectSet::All() : header.writes;
  for (uint64_t left = writes.mask(); left != 0; left &= left - 1)
    changed_[std::countr_zero(left)] = version_.value();
  closed_.push_back({header.request, header.event, header.command_hash, offset, refused});
  if (closed_.size() <= kWindow) return std::nullopt;
  ClosedRequest left = closed_.front();
  closed_.erase(closed_.begin());
  return left;
}

std::string Head::Encode() const {
  uint64_t mask = 0;
  for (int bit = 0; bit < 64; ++bit) {
    if (changed_[bit] != 0) mask |= uint64_t{1} << bit;
  }
  // A stream that only its opening event wrote has the same version in every aspect: one number for
  // all.
  const bool uniform = mask == ~uint64_t{0} && version_.value() == 1;
  std::string out;
  out.reserve(1 + 16 + 64 + 1 + closed_.size() * kClosedBytes);
  out.push_back(kEncoding);
  AppendFixed64(&out, version_.value());
  AppendFixed64(&out, uniform ? 0 : mask);
  if (!uniform) {
    for (int bit = 0; bit < 64; ++bit) {
      if (changed_[bit] == 0) continue;
      // Distance from the version fits a byte while it is below 255; 255 announces 8 bytes.
      const uint64_t age = version_.value() - changed_[bit];
      if (age < 255) {
        out.push_back(static_cast<char>(age));
      } else {
        out.push_back(static_cast<char>(255));
        AppendFixed64(&out, changed_[bit]);
      }
    }
  }
  out.push_back(static_cast<char>(closed_.size()));
  for (const ClosedRequest& closed : closed_) {
    out.append(closed.request.bytes());
    out.append(closed.event.bytes());
    out.append(closed.command_hash.bytes());
    AppendFixed64(&out, static_cast<uint64_t>(closed.offset.value()));
    out.push_back(closed.refused ? 1 : 0);
  }
  return out;
}

std::optional<Head> Head::Decode(std::string_view bytes) {
  const auto take = [&bytes](size_t n) -> std::optional<std::string_view> {
    if (bytes.size() < n) return std::nullopt;
    std::string_view taken = bytes.substr(0, n);
    bytes.remove_prefix(n);
    return taken;
  };
  const auto tag = take(1);
  if (!tag || (*tag)[0] != kEncoding) return std::nullopt;
  const auto numbers = take(16);
  if (!numbers) return std::nullopt;
  Head head;
  head.version_ = Version(ReadFixed64(*numbers));
  const uint64_t mask = ReadFixed64(numbers->substr(8));
  if (mask == 0 && head.version_.value() == 1) {
    head.changed_.fill(1);
  } else {
    for (int bit = 0; bit < 64; ++bit) {
      if ((mask >> bit & 1) == 0) continue;
      const auto age = take(1);
      if (!age) return std::nullopt;
      const auto distance = static_cast<uint8_t>((*age)[0]);
      if (distance < 255) {
        head.changed_[bit] = head.version_.value() - distance;
        continue;
      }
      const auto whole = take(8);
      if (!whole) return std::nullopt;
      head.changed_[bit] = ReadFixed64(*whole);
    }
  }
  const auto count = take(1);
  if (!count) return std::nullopt;
  head.closed_.reserve(static_cast<uint8_t>((*count)[0]));
  for (int i = 0; i < static_cast<uint8_t>((*count)[0]); ++i) {
    const auto entry = take(kClosedBytes);
    if (!entry) return std::nullopt;
    head.closed_.push_back(
        {*RequestId::FromBytes(entry->substr(0, 16)), *EventId::FromBytes(entry->substr(16, 16)),
         *ContentHash::FromBytes(entry->substr(32, 16)),
         Offset(static_cast<int64_t>(ReadFixed64(entry->substr(48, 8)))), (*entry)[56] != 0});
  }
  if (!bytes.empty()) return std::nullopt;
  return head;
}

}  // namespace redress
