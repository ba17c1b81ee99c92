#include "libs/testing/sample_payloads.h"

#include <string>

namespace redress::testing {

using event::v1::Message;
using event::v1::Trigger;
using event::v1::Waiting;

event::v1::ComplaintReceived Received() {
  event::v1::ComplaintReceived received;
  received.set_tracking_code("0000-0000-0000-0");
  received.set_channel(event::v1::MAIL);
  received.set_account_id("mail:care");
  received.set_origin(event::v1::ComplaintReceived::DIRECT);
  received.set_received_at_us(kStartUs);
  auto* party = received.add_parties();
  party->set_party_id(Id("complainant"));
  party->set_role(event::v1::Party::COMPLAINANT);
  party->set_language("en");
  *received.mutable_first_message() = Inbound("first").message();
  received.set_screening(event::v1::ComplaintReceived::PASSED);
  received.set_thread_token(Id("thread 1"));
  return received;
}

event::v1::MessageAdded Inbound(std::string_view message) {
  event::v1::MessageAdded added;
  added.mutable_message()->set_message_id(Id(message));
  added.mutable_message()->set_direction(Message::INBOUND);
  added.mutable_message()->set_kind(Message::MAIL_MESSAGE);
  added.mutable_message()->set_channel(event::v1::MAIL);
  added.mutable_message()->set_thread(1);
  added.mutable_message()->set_language("en");
  added.set_disposition(event::v1::MessageAdded::ATTACH);
  added.set_by_complainant_side(true);
  return added;
}

event::v1::MessageAdded Outbound(std::string_view message,
                                 std::initializer_list<event::v1::Purpose> purposes) {
  event::v1::MessageAdded added = Inbound(message);
  added.mutable_message()->set_direction(Message::OUTBOUND);
  added.set_by_complainant_side(false);
  for (event::v1::Purpose purpose : purposes) added.mutable_message()->add_purposes(purpose);
  return added;
}

Trigger TriggerOf(std::string_view trigger, Trigger::Kind kind) {
  Trigger opened;
  opened.set_trigger_id(Id(trigger));
  opened.set_kind(kind);
  return opened;
}

event::v1::ComplaintAssessed Assessed(uint32_t level) {
  event::v1::ComplaintAssessed assessed;
  auto* assessment = assessed.mutable_assessment();
  assessment->set_assessment_id(Id("assessment 1"));
  for (const char* code : {"delivery", "late", "carrier"}) {
    auto* category = assessment->add_category();
    category->set_code(code);
    category->set_permille(800);
  }
  assessment->set_severity(3);
  assessment->set_urgency(3);
  assessment->set_level(level);
  assessment->mutable_priority()->set_score(500);
  assessment->mutable_priority()->set_band(3);
  assessment->set_basis(event::v1::Assessment::RULES);
  assessment->mutable_explained()->add_rules_fired("late_delivery");
  return assessed;
}

event::v1::ComplaintReassessed Reassessed(std::string_view assessment) {
  event::v1::ComplaintReassessed reassessed;
  reassessed.set_replaces(Id("assessment 1"));
  *reassessed.mutable_assessment() = Assessed().assessment();
  reassessed.mutable_assessment()->set_assessment_id(Id(assessment));
  reassessed.set_cause(event::v1::ComplaintReassessed::NEW_MESSAGE);
  return reassessed;
}

event::v1::AssessmentCorrected Corrected(std::string_view field, std::string_view new_value) {
  event::v1::AssessmentCorrected corrected;
  corrected.set_replaces(Id("assessment 1"));
  corrected.set_assessment_id(Id("assessment 1 corrected"));
  auto* correction = corrected.add_corrections();
  correction->set_field(std::string(field));
  correction->set_new_value(std::string(new_value));
  return corrected;
}

event::v1::ComplaintQueued Queued(std::string_view team) {
  event::v1::ComplaintQueued queued;
  queued.set_team_id(Id(team));
  queued.set_cause(event::v1::ComplaintQueued::ROUTED);
  queued.set_reason("no_capacity");
  return queued;
}

event::v1::ComplaintAssigned Assigned(std::string_view agent, std::string_view team) {
  event::v1::ComplaintAssigned assigned;
  assigned.set_agent_id(Id(agent));
  assigned.set_team_id(Id(team));
  assigned.set_mode(event::v1::ComplaintAssigned::DIRECT_MODE);
  assigned.set_weight(2);
  return assigned;
}

event::v1::ComplaintEscalated Escalated(uint32_t from, uint32_t to,
                                        std::initializer_list<std::string_view> triggers) {
  event::v1::ComplaintEscalated escalated;
  escalated.set_from_level(from);
  escalated.set_to_level(to);
  for (std::string_view trigger : triggers) escalated.add_triggers(Id(trigger));
  escalated.set_owner_after(event::v1::ComplaintEscalated::KEEP);
  return escalated;
}

event::v1::ComplaintDeescalated Deescalated(uint32_t from, uint32_t to) {
  event::v1::ComplaintDeescalated deescalated;
  deescalated.set_from_level(from);
  deescalated.set_to_level(to);
  deescalated.set_owner_after(event::v1::ComplaintEscalated::KEEP);
  return deescalated;
}

event::v1::EscalationDeclined Declined(std::initializer_list<std::string_view> triggers) {
  event::v1::EscalationDeclined declined;
  for (std::string_view trigger : triggers) declined.add_triggers(Id(trigger));
  declined.set_rule("stays_at_level");
  return declined;
}

event::v1::ComplaintResolved Resolved() {
  event::v1::ComplaintResolved resolved;
  resolved.set_resolution_id(Id("resolution"));
  resolved.set_outcome(event::v1::ComplaintResolved::UPHELD);
  *resolved.mutable_final_response() = Outbound("decision").message();
  return resolved;
}

event::v1::ComplaintReopened Reopened(uint32_t cycle) {
  event::v1::ComplaintReopened reopened;
  reopened.set_cause(event::v1::ComplaintReopened::DISPUTED);
  reopened.set_cycle(cycle);
  return reopened;
}

event::v1::ClocksSet ClocksOf(std::string_view set,
                              std::initializer_list<std::string_view> clocks) {
  event::v1::ClocksSet clocks_set;
  clocks_set.set_set_id(Id(set));
  for (std::string_view name : clocks) {
    auto* clock = clocks_set.add_clocks();
    clock->set_clock_id(Id(name));
    clock->set_kind(event::v1::ClockSpec::LEVEL_RESOLUTION);
    clock->set_counts_from_us(kStartUs);
    clock->set_target_ms(24 * 3'600'000);
    clock->set_starts_on(event::v1::ClockSpec::RECEIVED);
    auto* threshold = clock->add_thresholds();
    threshold->set_percent(80);
    threshold->set_escalates(true);
    clock->set_generation(1);
    clock->set_level(1);
    clock->set_cycle(1);
  }
  clocks_set.set_cause(event::v1::ClocksSet::INITIAL);
  return clocks_set;
}

event::v1::ClockWarned Warned(std::string_view clock, uint32_t percent, uint32_t generation) {
  event::v1::ClockWarned warned;
  warned.set_clock_id(Id(clock));
  warned.set_generation(generation);
  warned.set_threshold_percent(percent);
  warned.set_due_at_us(kStartUs + 1440 * kMinuteUs);
  warned.set_fired_at_us(kStartUs + 1152 * kMinuteUs);
  return warned;
}

event::v1::ClockBreached Breached(std::string_view clock, uint32_t generation) {
  event::v1::ClockBreached breached;
  breached.set_clock_id(Id(clock));
  breached.set_generation(generation);
  breached.set_due_at_us(kStartUs + 1440 * kMinuteUs);
  breached.set_fired_at_us(kStartUs + 1440 * kMinuteUs);
  return breached;
}

event::v1::WaitingStarted WaitingFor(Waiting::On on) {
  event::v1::WaitingStarted started;
  started.mutable_waiting()->set_on(on);
  started.mutable_waiting()->set_reason("asked");
  return started;
}

event::v1::WaitingEnded WaitingOver(Waiting::On on) {
  event::v1::WaitingEnded ended;
  ended.set_on(on);
  ended.set_cause(event::v1::WaitingEnded::ANSWERED);
  return ended;
}

}  // namespace redress::testing
