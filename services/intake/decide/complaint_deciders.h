// The pure deciders of a person's commands on a complaint: (state, input, now) → one event or a
// refusal. What a command needs from elsewhere (policy, directory, texts) comes in as values; reads
// go through the view, so that the event carries its footprint. Preconditions: `events.md` 2.2;
// stages: 1.4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/domain/decision.h"
#include "libs/domain/state_view.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/ownership.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::intake {

// What every command carries.
struct CommandFacts {
  RequestId request;
  int64_t now_us = 0;
};

// Hash of (request id, index): deciding again yields the same ids inside the event
// (`events.md` 4.1).
std::string InnerId(const RequestId& request, std::string_view index);
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

Decision DecideStartInvestigation(StateView& view, const CommandFacts& facts,
                                  const std::string& note);

struct ResolveInput {
  event::v1::ComplaintResolved::Outcome outcome = event::v1::ComplaintResolved::OUTCOME_UNSPECIFIED;
  event::v1::Channel channel = event::v1::CHANNEL_UNSPECIFIED;
  std::string subject;
  std::string final_response;
  std::string reasons;
  std::optional<event::v1::Money> redress_total;
  std::optional<event::v1::Money> handling_cost;
  std::string liable_department;
};
Decision DecideResolve(StateView& view, const CommandFacts& facts, const ResolveInput& input);

Decision DecideClose(StateView& view, const std::string& reason);
Decision DecideReopen(StateView& view, event::v1::ComplaintReopened::Cause cause,
                      const std::string& answers);
Decision DecideWithdraw(StateView& view, const std::string& reason, const std::string& reason_text);

struct CorrectInput {
  struct Correction {
    std::string field;
    std::string value;
  };
  std::vector<Correction> corrections;
  std::string reason;
};
// Values were checked against the policy before. Refused (PRECONDITION) when nothing would change.
Decision DecideCorrect(StateView& view, const CommandFacts& facts, const CorrectInput& input);

struct LevelInput {
  // 0: one step.
  uint32_t to_level = 0;
  std::string reason;
  std::string reason_text;
  // Team id or empty.
  std::string team_id;
  event::v1::ComplaintEscalated::OwnerAfter owner_after = event::v1::ComplaintEscalated::CLEAR;
  std::vector<std::string> view_scope;
};
Decision DecideEscalate(StateView& view, const LevelInput& input);
Decision DecideDeescalate(StateView& view, const LevelInput& input);
// Empty `triggers`: all that are open.
Decision DecideDeclineEscalation(StateView& view, const std::vector<std::string>& triggers,
                                 const std::string& reason);

Decision DecideStartWaiting(StateView& view, const CommandFacts& facts,
                            const event::v1::Waiting& waiting);
Decision DecideEndWaiting(StateView& view, event::v1::Waiting::On on,
                          event::v1::WaitingEnded::Cause cause);

struct AssignInput {
  std::string agent_id;
  std::string team_id;
  event::v1::ComplaintAssigned::Mode mode = event::v1::ComplaintAssigned::MANUAL;
  uint32_t weight = 1;
  std::string note;
  std::string hand_over_note;
};
Decision DecideAssign(StateView& view, const CommandFacts& facts, const AssignInput& input);

struct QueueInput {
  // Empty: the team that has it now.
  std::string team_id;
  event::v1::ComplaintQueued::Cause cause = event::v1::ComplaintQueued::RELEASED;
  std::string note;
};
Decision DecideQueue(StateView& view, const CommandFacts& facts, const QueueInput& input);

}  // namespace redress::intake
