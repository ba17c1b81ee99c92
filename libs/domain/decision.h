// What a pure decider answers: one event, or the domain's lawful "no". Values only.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/base/ids.h"
#include "libs/domain/aspects.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/record.pb.h"

namespace redress {

// "No" as a value: a code of the catalogue and facts, never text typed by a person.
struct Refusal {
  event::v1::CommandRefused::Code code = event::v1::CommandRefused::PRECONDITION;
  std::vector<std::pair<std::string, std::string>> facts;
};
// "STAGE_FORBIDS", …
std::string_view RefusalName(event::v1::CommandRefused::Code code);

// The event that a decider wants appended, before it gets ids and a mask of reads.
struct EventDraft {
  std::unique_ptr<google::protobuf::Message> payload;
  // Companion message of personal data, serialised; empty: none.
  std::string personal;
  // In the world, µs UTC; 0: the time of the decision.
  int64_t occurred_at_us = 0;
  bool more_follows = false;

  template <typename P>
  static EventDraft Of(P payload, std::string personal = {}) {
    return {std::make_unique<P>(std::move(payload)), std::move(personal)};
  }
};

using Decision = std::variant<EventDraft, Refusal>;

// What the header says beside the decider's own answer.
struct EventOrigin {
  EventId event_id;
  StreamId stream;
  RequestId request;
  bool opens = false;
  // Version of the folded state the decision was made on, and what was read of it.
  Version seen;
  AspectSet reads;
  int64_t recorded_at_us = 0;
  event::v1::Actor actor;
  // The event that led to it; none for a person's command.
  EventId causation;
  EventId correlation;
  uint32_t causation_depth = 0;
  ContentHash command_hash;
  ContentHash policy;
  event::v1::Origin origin = event::v1::LIVE;
};

// The record's value: header with declared writes, payload, sealed parts (key 0: not sealed).
event::v1::Event BuildEvent(const EventOrigin& origin, const EventDraft& draft);

// The event of a refusal: writes nothing, carries the reads so far.
EventDraft RefusalDraft(uint32_t command_type, const Refusal& refusal);

}  // namespace redress
