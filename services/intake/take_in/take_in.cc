#include "services/intake/take_in/take_in.h"

#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/intake/inbound/inbound_item.h"
#include "services/intake/take_in/opening.h"

namespace redress::intake {
namespace {

// How long an item that names an unknown complaint waits for it, before it opens one of its own.
constexpr absl::Duration kLookUpWait = absl::Seconds(2);

// Items of one thread wait in one lane, which is named by it.
ThreadToken ThreadOfLane(const WorkItem& work) {
  return ThreadToken::FromBytesOrNone(work.stream.bytes());
}

bool NamesAnother(const personal::v1::InboundItem& item) {
  return !item.message().tracking_code().empty() || item.personal().in_reply_keys_size() > 0;
}

// A record that is no judged event: same envelope, CloudEvents headers.
template <typename P>
Record PlainRecord(const P& payload, uint32_t type, std::string_view key, absl::Time now,
                   Random& random) {
  event::v1::Event event;
  const EventId id = NewEventId(now, random);
  event.mutable_header()->set_event_id(id.ToBytes());
  event.mutable_header()->set_recorded_at_us(ToMicros(now));
  event.mutable_header()->set_occurred_at_us(ToMicros(now));
  event.mutable_header()->mutable_actor()->set_kind(event::v1::Actor::SERVICE);
  event.mutable_header()->mutable_actor()->set_id("intake");
  event.set_type(type);
  payload.SerializeToString(event.mutable_payload());
  Record record;
  record.key = std::string(key);
  record.value = event.SerializeAsString();
  record.timestamp_ms = absl::ToUnixMillis(now);
  record.headers = {{"ce_specversion", "1.0"},
                    {"ce_id", id.ToHex()},
                    {"ce_source", "/redress/intake"},
                    {"ce_type", std::string(P::descriptor()->full_name())},
                    {"content-type", "application/protobuf"}};
  return record;
}

}  // namespace

std::string_view TakeInDecider::KindName(WorkKind kind) const {
  switch (kind) {
    case kTakeIn:
      return "take-in";
    case kScreen:
      return "screen";
    default:
      return "dead-letter";
  }
}

OwnershipKind TakeInDecider::OwnerOf(WorkKind kind) const {
  // A record that cannot be read belongs to the owner of the partition it lies in; inbound ones are
  // the rule.
  return kind == kDeadLetter ? OwnershipKind::kIntake : OwnershipKind::kTakeIn;
}

absl::StatusOr<ComplaintId> TakeInDecider::NamedComplaint(
    const personal::v1::InboundItem& item) const {
  for (const std::string& key : item.personal().in_reply_keys()) {
    REDRESS_ASSIGN_OR_RETURN(
        const auto found,
        projection_->FindItem(ItemOf(projection_->secret(), item.message().account_id(), key)));
    if (found && found->complaint) return found->complaint;
  }
  if (item.message().tracking_code().empty()) return ComplaintId();
  return projection_->FindTracking(CanonicalTrackingCode(item.message().tracking_code()));
}

absl::StatusOr<StreamId> TakeInDecider::TargetOf(const WorkItem& work) {
  if (work.kind == kDeadLetter) return work.stream;
  REDRESS_ASSIGN_OR_RETURN(const auto pending, projection_->FindPending(ItemOfWork(work)));
  if (pending == nullptr || work.kind == kScreen || !pending->item.ok()) return work.stream;
  const personal::v1::InboundItem& item = *pending->item;
  const std::string& account = item.message().account_id();
  const std::string& thread_key = item.personal().thread_key();
  REDRESS_ASSIGN_OR_RETURN(const ComplaintId known, projection_->FindThread(ThreadOfLane(work)));
  if (known) return known;
  REDRESS_ASSIGN_OR_RETURN(const ComplaintId named, NamedComplaint(item));
  return named ? named : ComplaintOfThread(projection_->secret(), account, thread_key);
}

WorkAnswer TakeInDecider::Decide(const WorkItem& work, const ComplaintRow& row, StateView& view,
                                 absl::Time now) {
  if (work.kind == kDeadLetter) return PointTo(work, now);
  const auto pending = projection_->FindPending(ItemOfWork(work));
  if (!pending.ok() || *pending == nullptr) return WorkIsStale{};
  return work.kind == kScreen ? Screen(work, **pending, now)
                              : TakeIn(work, **pending, row, view, now);
}

WorkAnswer TakeInDecider::TakeIn(const WorkItem& work, const PendingItem& pending,
                                 const ComplaintRow& row, StateView& view, absl::Time now) {
  if (!pending.item.ok()) return WorkIsStale{};
  const personal::v1::InboundItem& item = *pending.item;
  WorkEvent answer;
  answer.policy = projection_->directory().ActivePolicy(item.message().region(), ToMicros(now));
  if (!answer.policy) return WorkWaits{"policy"};
  answer.request = HashedId<RequestId>({"work", "take-in", work.subject});
  const ItemOrigin origin{ItemOfWork(work), ThreadOfLane(work), answer.request, ToMicros(now)};
  if (row.head.exists()) {
    answer.draft = AddInboundMessage(item, view, origin);
    return answer;
  }
  // It names a complaint that is not folded yet, or none at all: what slips through is merged
  // later.
  if (NamesAnother(item) && now < FromMicros(pending.row.seen_us) + kLookUpWait)
    return WorkWaits{"complaint named"};
  answer.opens = true;
  answer.draft = OpenComplaint(item, row.id, origin);
  return answer;
}

WorkAnswer TakeInDecider::Screen(const WorkItem& work, const PendingItem& pending, absl::Time now) {
  event::v1::InboundScreened screened;
  screened.set_item(work.subject);
  screened.set_partition(static_cast<uint32_t>(pending.row.partition.value()));
  screened.set_position(pending.row.offset.value());
  const auto reason =
      pending.item.ok() ? ScreenReason(*pending.item, pending.row.seen_us) : std::nullopt;
  screened.set_reason(reason ? reason->reason : event::v1::InboundScreened::MALFORMED);
  if (reason) screened.set_detail(reason->detail);
  return WorkRecord{{Topic::kInbound, pending.row.partition},
                    PlainRecord(screened, 2011, work.subject, now, *random_)};
}

WorkAnswer TakeInDecider::PointTo(const WorkItem& work, absl::Time now) {
  const auto [source, offset, bytes] = UnreadableOf(work);
  event::v1::DeadLetter letter;
  letter.set_topic(std::string(TopicName(source.topic)));
  letter.set_partition(static_cast<uint32_t>(source.partition.value()));
  letter.set_position(offset.value());
  letter.set_reason("undecodable");
  letter.set_bytes_hash(bytes.ToBytes());
  return WorkRecord{{Topic::kDeadLetter, Partition(0)},
                    PlainRecord(letter, 2012, letter.topic(), now, *random_)};
}

}  // namespace redress::intake
