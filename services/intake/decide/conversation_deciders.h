// The pure deciders of commands on what is said about a complaint: that it came, messages, notes,
// fields, and whom it waits for: (state, input, now) → one event or a refusal (`command_facts.h`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/domain/decision.h"
#include "libs/domain/state_view.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/personal/v1/personal.pb.h"
#include "services/intake/decide/command_facts.h"

namespace redress::intake {

// What a message that comes by a channel is, where nobody says.
event::v1::Message::Kind MessageKindOf(event::v1::Channel channel);

// Submit. `received` and `personal` are complete but for the ids; refused (EXISTS) when the
// complaint exists.
struct ReceiveInput {
  event::v1::ComplaintReceived received;
  personal::v1::ComplaintReceivedPersonal personal;
  int64_t occurred_at_us = 0;
  bool more_follows = false;
};
Decision DecideReceive(StateView& view, bool exists, const CommandFacts& facts,
                       const ReceiveInput& input);

struct AddMessageInput {
  event::v1::Message message;
  std::string subject;
  std::string body;
  std::optional<event::v1::Waiting> waiting;
  int64_t occurred_at_us = 0;
  // The author is of the complainant's side (inbound).
  bool by_complainant_side = true;
};
Decision DecideAddMessage(StateView& view, const CommandFacts& facts, const AddMessageInput& input);

struct AddNoteInput {
  std::vector<std::string> mentions;
  std::string text;
};
Decision DecideAddNote(const CommandFacts& facts, const AddNoteInput& input);

struct SetFieldsInput {
  std::vector<event::v1::Field> fields;
  // Values of fields declared personal.
  personal::v1::FormFieldsSetPersonal personal;
};
Decision DecideSetFields(StateView& view, const SetFieldsInput& input);

Decision DecideStartWaiting(StateView& view, const CommandFacts& facts,
                            const event::v1::Waiting& waiting);
Decision DecideEndWaiting(StateView& view, event::v1::Waiting::On on,
                          event::v1::WaitingEnded::Cause cause);

}  // namespace redress::intake
