#include "libs/domain/fold_aspects.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace redress::fold {

using event::v1::Purpose;

void ReceiveStage(const Header& header, const event::v1::ComplaintReceived& received,
                  storage::v1::StageState* stage) {
  stage->set_stage(storage::v1::StageState::RECEIVED);
  stage->set_cycle(1);
  stage->set_received_at_us(received.received_at_us());
  stage->set_entered_at_us(received.received_at_us());
  stage->set_cycle_started_at_us(received.received_at_us());
  stage->set_recorded_at_us(header.recorded_at_us());
  stage->set_entered_by(header.event_id());
}

void EnterStage(const Header& header, storage::v1::StageState::Stage entered,
                storage::v1::StageState* stage) {
  stage->set_stage(entered);
  stage->set_entered_at_us(header.occurred_at_us());
  stage->set_entered_by(header.event_id());
}

void ReceiveRecord(const Header& header, const event::v1::ComplaintReceived& received,
                   storage::v1::RecordState* record) {
  record->set_tracking_code(received.tracking_code());
  record->set_channel(received.channel());
  record->set_account_id(received.account_id());
  record->set_origin(received.origin());
  record->set_product_line(received.product_line());
  record->set_region(received.region());
  record->set_legal_entity(received.legal_entity());
  record->set_stage_of_occurrence(received.stage_of_occurrence());
  if (received.has_amount()) *record->mutable_amount() = received.amount();
  record->mutable_declared_category()->CopyFrom(received.declared_category());
  record->set_requested_remedy(received.requested_remedy());
  for (const auto& field : received.fields()) {
    auto* value = record->add_fields();
    *value->mutable_field() = field;
    value->set_revision(1);
  }
  record->set_source_item(received.source_item());
  record->mutable_source_codes()->CopyFrom(received.source_codes());
  record->set_language(received.first_message().language());
  record->set_occurred_at_us(header.occurred_at_us());
}

void SetFields(const event::v1::FormFieldsSet& set, storage::v1::RecordState* record) {
  for (const auto& field : set.fields()) {
    auto it = std::find_if(
        record->mutable_fields()->begin(), record->mutable_fields()->end(),
        [&](const auto& value) { return value.field().field_id() == field.field_id(); });
    auto* value = it == record->mutable_fields()->end() ? record->add_fields() : &*it;
    *value->mutable_field() = field;
    value->set_revision(value->revision() + 1);
    // The record's own dimensions are fields of the same names (F2.3).
    if (field.field_id() == "product_line") record->set_product_line(field.text());
    if (field.field_id() == "region") record->set_region(field.text());
    if (field.field_id() == "legal_entity") record->set_legal_entity(field.text());
    if (field.field_id() == "stage_of_occurrence") record->set_stage_of_occurrence(field.text());
    if (field.field_id() == "amount" && field.has_money())
      *record->mutable_amount() = field.money();
  }
}

namespace {

void Tell(Purpose purpose, int64_t at_us, storage::v1::ConversationState* conversation) {
  for (auto& told : *conversation->mutable_told()) {
    if (told.purpose() != purpose) continue;
    told.set_first_at_us(std::min(told.first_at_us(), at_us));
    told.set_last_at_us(std::max(told.last_at_us(), at_us));
    return;
  }
  auto* told = conversation->add_told();
  told->set_purpose(purpose);
  told->set_first_at_us(at_us);
  told->set_last_at_us(at_us);
}

bool HasTold(Purpose purpose, const storage::v1::ConversationState& conversation) {
  return std::any_of(conversation.told().begin(), conversation.told().end(),
                     [&](const auto& told) { return told.purpose() == purpose; });
}

void CountMessage(const Header& header, const event::v1::Message& message,
                  storage::v1::ConversationState* conversation) {
  if (message.direction() == event::v1::Message::INBOUND) {
    conversation->set_inbound_count(conversation->inbound_count() + 1);
    conversation->set_last_inbound_id(message.message_id());
    conversation->set_last_inbound_at_us(header.occurred_at_us());
  } else {
    conversation->set_outbound_count(conversation->outbound_count() + 1);
    conversation->set_last_outbound_id(message.message_id());
    conversation->set_last_outbound_at_us(header.occurred_at_us());
    for (int purpose : message.purposes()) {
      Tell(static_cast<Purpose>(purpose), header.occurred_at_us(), conversation);
    }
    // A person's first message ends the first-response clock unless its purposes say otherwise
    // (F9.1).
    const bool by_person =
        header.actor().kind() == event::v1::Actor::PERSON && !message.auto_submitted();
    if (by_person && message.purposes().empty() &&
        !HasTold(event::v1::FIRST_RESPONSE, *conversation)) {
      Tell(event::v1::FIRST_RESPONSE, header.occurred_at_us(), conversation);
    }
  }
  conversation->set_changed_by(header.event_id());
}

}  // namespace

void ReceiveConversation(const Header& header, const event::v1::ComplaintReceived& received,
                         storage::v1::ConversationState* conversation) {
  if (received.has_first_message()) CountMessage(header, received.first_message(), conversation);
}

void AddMessage(const Header& header, const event::v1::MessageAdded& added,
                storage::v1::ConversationState* conversation) {
  if (added.disposition() == event::v1::MessageAdded::CONTINUE_ELSEWHERE) return;
  CountMessage(header, added.message(), conversation);
}

void SendFinalResponse(const Header& header, const event::v1::Message& message,
                       storage::v1::ConversationState* conversation) {
  CountMessage(header, message, conversation);
  Tell(event::v1::FINAL_RESPONSE, header.occurred_at_us(), conversation);
  if (!HasTold(event::v1::FIRST_RESPONSE, *conversation)) {
    Tell(event::v1::FIRST_RESPONSE, header.occurred_at_us(), conversation);
  }
}

void ReceiveThread(const event::v1::ComplaintReceived& received, storage::v1::ThreadState* thread) {
  auto* first = thread->add_threads();
  first->set_number(1);
  first->set_token(received.thread_token());
}

void SetThread(const event::v1::MessageAdded::Thread& set, const std::string& continued_as,
               storage::v1::ThreadState* thread) {
  auto it = std::find_if(thread->mutable_threads()->begin(), thread->mutable_threads()->end(),
                         [&](const auto& known) { return known.number() == set.number(); });
  auto* changed = it == thread->mutable_threads()->end() ? thread->add_threads() : &*it;
  changed->set_number(set.number());
  changed->set_token(set.token());
  if (!continued_as.empty()) changed->set_continued_as(continued_as);
}

void CopyResult(const event::v1::Assessment& from, event::v1::Assessment* to) {
  to->Clear();
  to->set_assessment_id(from.assessment_id());
  to->set_taxonomy(from.taxonomy());
  *to->mutable_category() = from.category();
  to->set_runner_up(from.runner_up());
  to->set_margin_permille(from.margin_permille());
  to->set_abstained_at(from.abstained_at());
  to->set_severity(from.severity());
  to->set_urgency(from.urgency());
  to->set_impact(from.impact());
  to->set_complexity(from.complexity());
  *to->mutable_departments() = from.departments();
  to->set_department_recommended(from.department_recommended());
  to->set_fast_lane(from.fast_lane());
  to->set_safety(from.safety());
  to->set_legal_risk(from.legal_risk());
  to->set_emotion_index_percent(from.emotion_index_percent());
  to->set_customer_value_tier(from.customer_value_tier());
  to->set_level(from.level());
  if (from.has_priority()) *to->mutable_priority() = from.priority();
  *to->mutable_source_codes() = from.source_codes();
  to->set_model(from.model());
  to->set_language(from.language());
  to->set_basis(from.basis());
  *to->mutable_entity_counts() = from.entity_counts();
}

void Assess(const Header& header, const event::v1::Assessment& assessed,
            storage::v1::AssessmentState* assessment) {
  CopyResult(assessed, assessment->mutable_assessment());
  assessment->set_assessed_at_us(header.occurred_at_us());
  assessment->set_changed_by(header.event_id());
}

void Correct(const Header& header, const event::v1::AssessmentCorrected& corrected,
             storage::v1::AssessmentState* assessment) {
  auto* current = assessment->mutable_assessment();
  current->set_assessment_id(corrected.assessment_id());
  for (const auto& correction : corrected.corrections()) {
    const std::string& field = correction.field();
    const std::string& value = correction.new_value();
    uint32_t number = 0;
    const bool is_number = absl::SimpleAtoi(value, &number);
    if (field == "category") {
      current->clear_category();
      for (absl::string_view code : absl::StrSplit(value, '/')) {
        auto* level = current->add_category();
        level->set_code(std::string(code));
        level->set_permille(1000);
      }
    } else if (field == "severity" && is_number) {
      current->set_severity(number);
    } else if (field == "urgency" && is_number) {
      current->set_urgency(number);
    } else if (field == "impact" && is_number) {
      current->set_impact(number);
    } else if (field == "complexity" && is_number) {
      current->set_complexity(number);
    } else if (field == "priority_band" && is_number) {
      current->mutable_priority()->set_band(number);
    } else if (field == "legal_risk") {
      current->set_legal_risk(value == "true");
    } else if (field == "safety") {
      current->set_safety(value == "true");
    } else if (field == "fast_lane") {
      current->set_fast_lane(value == "true");
    }
    if (std::find(assessment->pinned().begin(), assessment->pinned().end(), field) ==
        assessment->pinned().end()) {
      assessment->add_pinned(field);
    }
  }
  assessment->set_changed_by(header.event_id());
}

void EnterLevel(const Header& header, uint32_t entered, storage::v1::LevelState* level) {
  level->set_level(entered);
  level->set_entered_at_us(header.occurred_at_us());
  level->set_entered_by(header.event_id());
}

void OpenTriggers(const Header& header, const Repeated<event::v1::Trigger>& opened,
                  storage::v1::TriggersState* triggers) {
  for (const auto& trigger : opened) {
    const bool known = std::any_of(
        triggers->open().begin(), triggers->open().end(),
        [&](const auto& open) { return open.trigger().trigger_id() == trigger.trigger_id(); });
    if (known) continue;
    auto* open = triggers->add_open();
    *open->mutable_trigger() = trigger;
    open->set_opened_at_us(header.occurred_at_us());
    open->set_opened_by(header.event_id());
  }
}

void CloseTriggers(const Repeated<std::string>& ids, storage::v1::TriggersState* triggers) {
  auto* open = triggers->mutable_open();
  for (int i = open->size() - 1; i >= 0; --i) {
    if (std::find(ids.begin(), ids.end(), open->Get(i).trigger().trigger_id()) != ids.end()) {
      open->DeleteSubrange(i, 1);
    }
  }
}

void Queue(const Header& header, const event::v1::ComplaintQueued& queued,
           storage::v1::OwnershipState* ownership) {
  const int64_t now = header.occurred_at_us();
  if (ownership->team_id() != queued.team_id()) {
    ownership->set_team_id(queued.team_id());
    ownership->set_team_since_us(now);
  }
  // Its age counts from when it last had an owner, however often it is queued again (F8.11).
  if (!ownership->owner_id().empty()) ownership->set_unowned_since_us(now);
  ownership->clear_owner_id();
  ownership->clear_owner_since_us();
  ownership->clear_weight();
  ownership->set_queue_reason(queued.reason());
  ownership->set_queue_cause(queued.cause());
  ownership->clear_skills();
  for (const auto& need : queued.skills()) ownership->add_skills(need.skill());
  ownership->set_changed_by(header.event_id());
}

void Assign(const Header& header, const event::v1::ComplaintAssigned& assigned,
            storage::v1::OwnershipState* ownership) {
  const int64_t now = header.occurred_at_us();
  if (ownership->team_id() != assigned.team_id()) {
    ownership->set_team_id(assigned.team_id());
    ownership->set_team_since_us(now);
  }
  ownership->set_owner_id(assigned.agent_id());
  ownership->set_owner_since_us(now);
  ownership->set_weight(assigned.weight());
  ownership->set_assignments(ownership->assignments() + 1);
  ownership->clear_queue_reason();
  ownership->clear_queue_cause();
  ownership->clear_unowned_since_us();
  ownership->set_changed_by(header.event_id());
}

void MoveOwnership(const Header& header, const std::string& team_id,
                   event::v1::ComplaintEscalated::OwnerAfter owner_after,
                   storage::v1::OwnershipState* ownership) {
  const int64_t now = header.occurred_at_us();
  if (!team_id.empty() && ownership->team_id() != team_id) {
    ownership->set_team_id(team_id);
    ownership->set_team_since_us(now);
  }
  if (owner_after == event::v1::ComplaintEscalated::CLEAR) {
    // Without a team of the new level the router chooses one.
    if (team_id.empty()) {
      ownership->clear_team_id();
      ownership->clear_team_since_us();
    }
    if (!ownership->owner_id().empty()) ownership->set_unowned_since_us(now);
    ownership->clear_owner_id();
    ownership->clear_owner_since_us();
    ownership->clear_weight();
    ownership->clear_queue_reason();
    ownership->clear_queue_cause();
  }
  ownership->set_changed_by(header.event_id());
}

void SetClocks(const Header& header, const event::v1::ClocksSet& set,
               storage::v1::ClocksState* clocks) {
  clocks->set_set_id(set.set_id());
  clocks->mutable_clocks()->CopyFrom(set.clocks());
  clocks->mutable_basis()->CopyFrom(set.basis());
  clocks->set_sets(clocks->sets() + 1);
  clocks->set_changed_by(header.event_id());
  // What fired for clocks that are gone is history.
  auto* fired = clocks->mutable_fired();
  for (int i = fired->size() - 1; i >= 0; --i) {
    const bool kept = std::any_of(
        clocks->clocks().begin(), clocks->clocks().end(),
        [&](const auto& clock) { return clock.clock_id() == fired->Get(i).clock_id(); });
    if (!kept) fired->DeleteSubrange(i, 1);
  }
}

void Fire(const Firing& firing, const Header& header, storage::v1::ClocksState* clocks) {
  // The latest firing of a threshold stands for it: a clock that starts again and again does not
  // grow the state.
  auto it = std::find_if(clocks->mutable_fired()->begin(), clocks->mutable_fired()->end(),
                         [&](const auto& known) {
                           return known.clock_id() == firing.clock_id &&
                                  known.threshold_percent() == firing.threshold_percent;
                         });
  auto* fired = it == clocks->mutable_fired()->end() ? clocks->add_fired() : &*it;
  fired->set_clock_id(firing.clock_id);
  fired->set_threshold_percent(firing.threshold_percent);
  fired->set_generation(firing.generation);
  fired->set_fired_at_us(firing.fired_at_us);
  fired->set_due_at_us(firing.due_at_us);
  clocks->set_changed_by(header.event_id());
}

void StartWaiting(const Header& header, const event::v1::Waiting& started,
                  storage::v1::WaitingState* waiting) {
  auto* interval = waiting->add_intervals();
  interval->set_on(started.on());
  interval->set_from_us(started.since_us() != 0 ? started.since_us() : header.occurred_at_us());
  interval->set_until_us(started.until_us());
  interval->set_reason(started.reason());
  interval->set_started_by(header.event_id());
}

void EndWaiting(event::v1::Waiting::On on, int64_t at_us, storage::v1::WaitingState* waiting) {
  for (auto& interval : *waiting->mutable_intervals()) {
    if (interval.on() == on && interval.to_us() == 0)
      interval.set_to_us(std::max(at_us, interval.from_us()));
  }
}

void EndAllWaiting(int64_t at_us, storage::v1::WaitingState* waiting) {
  for (auto& interval : *waiting->mutable_intervals()) {
    if (interval.to_us() == 0) interval.set_to_us(std::max(at_us, interval.from_us()));
  }
}

}  // namespace redress::fold
