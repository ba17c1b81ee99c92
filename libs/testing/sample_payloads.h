// Payloads with sensible defaults, for stories told with `Given`: a test says only what it is
// about. Names stand for ids (`Id("agent a")`). Stateless; thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "libs/testing/given.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/ownership.pb.h"

namespace redress::testing {

// By mail, received at `kStartUs`, one complainant, one inbound message ("first"), thread 1.
event::v1::ComplaintReceived Received();

// An inbound message of the complainant; an outbound one to the complainant, with what it tells.
event::v1::MessageAdded Inbound(std::string_view message);
event::v1::MessageAdded Outbound(std::string_view message,
                                 std::initializer_list<event::v1::Purpose> purposes = {});

event::v1::Trigger TriggerOf(std::string_view trigger, event::v1::Trigger::Kind kind);
event::v1::ComplaintAssessed Assessed(uint32_t level = 1);
// Replaces the assessment of `Assessed`.
event::v1::ComplaintReassessed Reassessed(std::string_view assessment);
event::v1::AssessmentCorrected Corrected(std::string_view field, std::string_view new_value);

event::v1::ComplaintQueued Queued(std::string_view team);
event::v1::ComplaintAssigned Assigned(std::string_view agent, std::string_view team);
event::v1::ComplaintEscalated Escalated(uint32_t from, uint32_t to,
                                        std::initializer_list<std::string_view> triggers = {});
event::v1::ComplaintDeescalated Deescalated(uint32_t from, uint32_t to);
event::v1::EscalationDeclined Declined(std::initializer_list<std::string_view> triggers);

event::v1::ComplaintResolved Resolved();
event::v1::ComplaintReopened Reopened(uint32_t cycle);

// A set of clocks of 24 hours each, by name.
event::v1::ClocksSet ClocksOf(std::string_view set, std::initializer_list<std::string_view> clocks);
event::v1::ClockWarned Warned(std::string_view clock, uint32_t percent, uint32_t generation = 1);
event::v1::ClockBreached Breached(std::string_view clock, uint32_t generation = 1);
event::v1::WaitingStarted WaitingFor(event::v1::Waiting::On on);
event::v1::WaitingEnded WaitingOver(event::v1::Waiting::On on);

}  // namespace redress::testing
