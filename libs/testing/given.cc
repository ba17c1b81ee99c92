#include "libs/testing/given.h"

#include <memory>

#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/domain/fold.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/intake.pb.h"

namespace redress::testing {

using storage::v1::ComplaintState;
using storage::v1::DirectoryState;

std::string Id(std::string_view name) { return HashedId<StreamId>({"test", name}).ToBytes(); }

template <typename State>
Verdict JudgeAndFold(const event::v1::Event& event, Offset offset, Head* head, State* state) {
  const auto header = ReadHeader(event.header());
  if (!header) return Verdict::kMalformed;
  const Verdict verdict = Judge(*head, *header);
  if (verdict != Verdict::kEffective) return verdict;
  head->Accept(*header, offset, event.type() == PayloadOf<event::v1::CommandRefused>().number);
  const PayloadInfo* info = FindPayload(event.type());
  REDRESS_CHECK(info != nullptr);
  const std::unique_ptr<google::protobuf::Message> payload(info->prototype->New());
  REDRESS_CHECK(payload->ParseFromString(event.payload()));
  Apply(FoldedEvent{event.header(), event.type(), *payload}, state);
  return verdict;
}

template Verdict JudgeAndFold(const event::v1::Event&, Offset, Head*, ComplaintState*);
template Verdict JudgeAndFold(const event::v1::Event&, Offset, Head*, DirectoryState*);

template <typename State>
GivenStream<State>::GivenStream(std::string_view name) : name_(name) {}

template <typename State>
GivenStream<State>& GivenStream<State>::At(int64_t occurred_at_us) {
  occurred_at_us_ = occurred_at_us;
  return *this;
}

template <typename State>
GivenStream<State>& GivenStream<State>::By(event::v1::Actor::Kind kind) {
  actor_ = kind;
  return *this;
}

template <typename State>
GivenStream<State>& GivenStream<State>::WithMoreToFollow() {
  more_follows_ = true;
  return *this;
}

template <typename State>
GivenStream<State>& GivenStream<State>::Has(const google::protobuf::Message& payload) {
  const PayloadInfo& info = PayloadOf(payload);
  const std::string number = std::to_string(events_.size());
  EventOrigin origin;
  origin.event_id = HashedId<EventId>({"test event", name_, number});
  origin.stream = HashedId<StreamId>({"test", name_});
  origin.request = HashedId<RequestId>({"test request", name_, number});
  origin.opens = !head_.exists();
  origin.seen = head_.version();
  origin.reads = MaximalReads(info);
  origin.recorded_at_us = kStartUs + static_cast<int64_t>(events_.size()) * kMinuteUs;
  origin.actor.set_kind(actor_);
  origin.policy = HashedId<ContentHash>({"test policy"});
  REDRESS_CHECK(!origin.opens || info.opens != event::v1::NEVER);

  EventDraft draft;
  draft.payload.reset(payload.New());
  draft.payload->CopyFrom(payload);
  draft.occurred_at_us = occurred_at_us_;
  draft.more_follows = more_follows_;
  events_.push_back(BuildEvent(origin, draft));
  const Offset offset(static_cast<int64_t>(events_.size()));
  REDRESS_CHECK(JudgeAndFold(events_.back(), offset, &head_, &state_) == Verdict::kEffective);

  occurred_at_us_ = 0;
  actor_ = event::v1::Actor::SERVICE;
  more_follows_ = false;
  return *this;
}

template class GivenStream<ComplaintState>;
template class GivenStream<DirectoryState>;

}  // namespace redress::testing
