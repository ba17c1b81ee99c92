// Given/When/Then for the fold: a stream's history, event by event, on the path of production code:
// the event is built from its payload, its header read and judged, accepted by the head, decoded
// again and folded.
//
//   Given complaint;
//   complaint.Has(Received()).Has(Assessed()).By(Actor::PERSON).Has(Outbound("answer"));
//   EXPECT_EQ(complaint.state().conversation().outbound_count(), 1u);
//
// Ids come from names and counters, time moves one minute an event: the same story gives the same
// bytes. An event that is not effective is a bug of the test and aborts. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/domain/decision.h"
#include "libs/domain/verdict.h"
#include "redress/event/v1/record.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"
#include "redress/storage/v1/directory_state.pb.h"

namespace redress::testing {

// 16 bytes that stand for a name.
std::string Id(std::string_view name);

inline constexpr int64_t kMinuteUs = 60'000'000;
// When every story begins: 2026-01-05 08:00 UTC, a Monday.
inline constexpr int64_t kStartUs = 1'767'600'000'000'000;

// An event of the log, taken through verdict and fold. Returns the verdict; `state` and `head`
// change only when it is effective. Aborts when the payload is of no known type or does not parse.
template <typename State>
Verdict JudgeAndFold(const event::v1::Event& event, Offset offset, Head* head, State* state);

template <typename State>
class GivenStream {
 public:
  explicit GivenStream(std::string_view name = "the stream");

  // One more effective event; the first one opens the stream.
  GivenStream& Has(const google::protobuf::Message& payload);
  // When the next event happens in the world (`occurred_at`); it is recorded as usual.
  GivenStream& At(int64_t occurred_at_us);
  // Who decides the next event; a service unless told.
  GivenStream& By(event::v1::Actor::Kind kind);
  // The next event is the first of a longer import.
  GivenStream& WithMoreToFollow();

  const State& state() const { return state_; }
  const Head& head() const { return head_; }
  const std::vector<event::v1::Event>& events() const { return events_; }
  // Of the n-th event, from 0.
  const event::v1::Header& header(size_t n) const { return events_.at(n).header(); }
  const event::v1::Header& last() const { return events_.back().header(); }

 private:
  const std::string name_;
  State state_;
  Head head_;
  std::vector<event::v1::Event> events_;
  int64_t occurred_at_us_ = 0;
  event::v1::Actor::Kind actor_ = event::v1::Actor::SERVICE;
  bool more_follows_ = false;
};

using Given = GivenStream<storage::v1::ComplaintState>;
using GivenEntity = GivenStream<storage::v1::DirectoryState>;

}  // namespace redress::testing
