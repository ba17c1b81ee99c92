#include "services/intake/decide/complaint_deciders.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/hash.h"
#include "libs/base/text.h"
#include "libs/domain/fold.h"
#include "libs/domain/lifecycle.h"
#include "libs/domain/payloads.h"

namespace redress::intake {
namespace {

using event::v1::CommandRefused;
using S = storage::v1::StageState;

template <typename P>
std::optional<Refusal> CheckStage(StateView& view) {
  const uint32_t type = PayloadOf<P>().number;
  if (!DependsOnStage(type)) return std::nullopt;
  const auto& stage = view.stage();
  const LifecycleCell cell = LifecycleOf(type, stage.stage(), stage.ever_assessed());
  if (cell.allowed) return std::nullopt;
  return Refusal{cell.refusal, {{"stage", std::string(StageName(stage.stage()))}}};
}

Refusal Precondition(std::string_view what) {
  return Refusal{CommandRefused::PRECONDITION, {{"needs", std::string(what)}}};
}

Refusal Limit(std::string_view what, int limit) {
  return Refusal{CommandRefused::OVER_LIMIT,
                 {{"limit", std::string(what)}, {"at_most", std::to_string(limit)}}};
}

void SetNote(const RequestId& request, event::v1::Note* note) {
  note->set_note_id(InnerId(request, "note"));
}

template <typename List>
bool Contains(const List& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string CategoryPath(const event::v1::Assessment& assessment) {
  std::string path;
  for (const auto& level : assessment.category()) {
    if (!path.empty()) path += '/';
    path += level.code();
  }
  return path;
}

// The present value of a field that a person may correct, as it is written in a correction.
std::string ValueOf(const event::v1::Assessment& assessment, const std::string& field) {
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  if (field == "category") return CategoryPath(assessment);
  if (field == "severity") return std::to_string(assessment.severity());
  if (field == "urgency") return std::to_string(assessment.urgency());
  if (field == "impact") return std::to_string(assessment.impact());
  if (field == "complexity") return std::to_string(assessment.complexity());
  if (field == "priority_band") return std::to_string(assessment.priority().band());
  if (field == "legal_risk") return flag(assessment.legal_risk());
  if (field == "safety") return flag(assessment.safety());
  return flag(assessment.fast_lane());
}

std::optional<Refusal> CheckNotExcluded(StateView& view, const std::string& agent_id,
                                        const std::string& team_id) {
  const auto& recusal = view.recusal();
  if (!agent_id.empty() && Contains(recusal.excluded_agents(), agent_id)) {
    return Refusal{CommandRefused::IS_EXCLUDED,
                   {{"agent", EntityId::FromBytesOrNone(agent_id).ToHex()}}};
  }
  if (!team_id.empty() && Contains(recusal.excluded_teams(), team_id)) {
    return Refusal{CommandRefused::IS_EXCLUDED,
                   {{"team", EntityId::FromBytesOrNone(team_id).ToHex()}}};
  }
  return std::nullopt;
}

}  // namespace

std::string InnerId(const RequestId& request, std::string_view index) {
  return HashedId<EventId>({"inner", request.bytes(), index}).ToBytes();
}

event::v1::Message::Kind MessageKindOf(event::v1::Channel channel) {
  using event::v1::Message;
  switch (channel) {
    case event::v1::MAIL:
      return Message::MAIL_MESSAGE;
    case event::v1::PHONE:
      return Message::CALL;
    case event::v1::CHAT:
      return Message::CHAT_MESSAGE;
    case event::v1::SOCIAL:
      return Message::SOCIAL_POST;
    case event::v1::SHOP:
      return Message::VISIT;
    case event::v1::SMS:
      return Message::SMS_MESSAGE;
    case event::v1::LETTER:
      return Message::LETTER_MESSAGE;
    default:
      return Message::FORM;
  }
}

Decision DecideReceive(StateView&, bool exists, const CommandFacts& facts,
                       const ReceiveInput& input) {
  if (exists) return Refusal{CommandRefused::EXISTS, {}};
  event::v1::ComplaintReceived received = input.received;
  personal::v1::ComplaintReceivedPersonal personal = input.personal;
  if (received.has_first_message())
    received.mutable_first_message()->set_message_id(InnerId(facts.request, "message"));
  for (int i = 0; i < received.parties_size(); ++i) {
    const std::string id = InnerId(facts.request, absl::StrCat("party", i));
    received.mutable_parties(i)->set_party_id(id);
    if (i < personal.parties_size()) personal.mutable_parties(i)->set_party_id(id);
  }
  if (received.received_at_us() == 0) received.set_received_at_us(facts.now_us);
  EventDraft draft = EventDraft::Of(std::move(received), personal.SerializeAsString());
  draft.occurred_at_us = input.occurred_at_us;
  draft.more_follows = input.more_follows;
  return draft;
}

Decision DecideAddMessage(StateView& view, const CommandFacts& facts,
                          const AddMessageInput& input) {
  if (auto refusal = CheckStage<event::v1::MessageAdded>(view)) return *refusal;
  event::v1::MessageAdded added;
  *added.mutable_message() = input.message;
  added.mutable_message()->set_message_id(InnerId(facts.request, "message"));
  if (added.message().thread() == 0) added.mutable_message()->set_thread(1);
  const auto& threads = view.thread().threads();
  const bool known = std::any_of(threads.begin(), threads.end(), [&](const auto& thread) {
    return thread.number() == added.message().thread();
  });
  if (!known && !threads.empty()) return Precondition("a conversation of this complaint");
  added.set_disposition(event::v1::MessageAdded::ATTACH);
  const bool inbound = input.message.direction() == event::v1::Message::INBOUND;
  added.set_by_complainant_side(inbound && input.by_complainant_side);
  if (input.waiting) {
    if (view.waiting().intervals_size() >= kMaxWaitingIntervals)
      return Limit("waiting intervals", kMaxWaitingIntervals);
    *added.mutable_waiting() = *input.waiting;
    added.mutable_waiting()->set_since_us(input.occurred_at_us != 0 ? input.occurred_at_us
                                                                    : facts.now_us);
  }
  personal::v1::MessageAddedPersonal personal;
  personal.mutable_message()->set_subject(input.subject);
  personal.mutable_message()->set_body(input.body);
  EventDraft draft = EventDraft::Of(std::move(added), personal.SerializeAsString());
  draft.occurred_at_us = input.occurred_at_us;
  return draft;
}

Decision DecideAddNote(const CommandFacts& facts, const AddNoteInput& input) {
  event::v1::NoteAdded added;
  SetNote(facts.request, added.mutable_note());
  for (const std::string& mention : input.mentions) added.mutable_note()->add_mentions(mention);
  personal::v1::NoteAddedPersonal personal;
  personal.mutable_note()->set_text(input.text);
  return EventDraft::Of(std::move(added), personal.SerializeAsString());
}

Decision DecideSetFields(StateView& view, const SetFieldsInput& input) {
  const auto& record = view.record();
  event::v1::FormFieldsSet set;
  int added = 0;
  for (const auto& field : input.fields) {
    const auto it = std::find_if(
        record.fields().begin(), record.fields().end(),
        [&](const auto& value) { return value.field().field_id() == field.field_id(); });
    auto* revision = set.add_revisions();
    revision->set_field_id(field.field_id());
    revision->set_revision(it == record.fields().end() ? 0 : it->revision());
    if (it == record.fields().end()) ++added;
    *set.add_fields() = field;
  }
  if (record.fields_size() + added > kMaxFields) return Limit("fields", kMaxFields);
  const std::string personal =
      input.personal.fields().empty() ? "" : input.personal.SerializeAsString();
  return EventDraft::Of(std::move(set), personal);
}

Decision DecideStartInvestigation(StateView& view, const CommandFacts& facts,
                                  const std::string& note) {
  if (auto refusal = CheckStage<event::v1::InvestigationStarted>(view)) return *refusal;
  if (view.ownership().owner_id().empty()) return Precondition("an owner");
  event::v1::InvestigationStarted started;
  if (note.empty()) return EventDraft::Of(std::move(started));
  SetNote(facts.request, started.mutable_note());
  personal::v1::InvestigationStartedPersonal personal;
  personal.mutable_note()->set_text(note);
  return EventDraft::Of(std::move(started), personal.SerializeAsString());
}

Decision DecideResolve(StateView& view, const CommandFacts& facts, const ResolveInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintResolved>(view)) return *refusal;
  const auto& ownership = view.ownership();
  if (ownership.owner_id().empty()) return Precondition("an owner");
  const auto& conversation = view.conversation();
  event::v1::ComplaintResolved resolved;
  resolved.set_resolution_id(InnerId(facts.request, "resolution"));
  resolved.set_outcome(input.outcome);
  if (input.redress_total) *resolved.mutable_redress_total() = *input.redress_total;
  if (input.handling_cost) *resolved.mutable_handling_cost() = *input.handling_cost;
  if (!input.liable_department.empty())
    resolved.mutable_liability()->set_department(input.liable_department);
  // One-time resolution (F19.5): the first owner settled it, nobody had to ask again, and it is the
  // first round.
  resolved.set_first_contact(ownership.assignments() <= 1 && conversation.inbound_count() <= 1 &&
                             view.stage().cycle() == 1);
  auto* response = resolved.mutable_final_response();
  response->set_message_id(InnerId(facts.request, "final-response"));
  response->set_direction(event::v1::Message::OUTBOUND);
  response->set_channel(input.channel);
  response->set_thread(1);
  response->add_purposes(event::v1::FINAL_RESPONSE);
  personal::v1::ComplaintResolvedPersonal personal;
  personal.set_reasons(input.reasons);
  personal.mutable_final_response()->set_subject(input.subject);
  personal.mutable_final_response()->set_body(input.final_response);
  return EventDraft::Of(std::move(resolved), personal.SerializeAsString());
}

Decision DecideClose(StateView& view, const std::string& reason) {
  if (auto refusal = CheckStage<event::v1::ComplaintClosed>(view)) return *refusal;
  event::v1::ComplaintClosed closed;
  closed.set_reason(reason);
  return EventDraft::Of(std::move(closed));
}

Decision DecideReopen(StateView& view, event::v1::ComplaintReopened::Cause cause,
                      const std::string& answers) {
  if (auto refusal = CheckStage<event::v1::ComplaintReopened>(view)) return *refusal;
  event::v1::ComplaintReopened reopened;
  reopened.set_cause(cause);
  reopened.set_answers(answers);
  reopened.set_cycle(view.stage().cycle() + 1);
  return EventDraft::Of(std::move(reopened));
}

Decision DecideWithdraw(StateView& view, const std::string& reason,
                        const std::string& reason_text) {
  if (auto refusal = CheckStage<event::v1::ComplaintWithdrawn>(view)) return *refusal;
  event::v1::ComplaintWithdrawn withdrawn;
  withdrawn.set_reason(reason);
  if (reason_text.empty()) return EventDraft::Of(std::move(withdrawn));
  personal::v1::ComplaintWithdrawnPersonal personal;
  personal.set_reason_text(reason_text);
  return EventDraft::Of(std::move(withdrawn), personal.SerializeAsString());
}

Decision DecideCorrect(StateView& view, const CommandFacts& facts, const CorrectInput& input) {
  if (auto refusal = CheckStage<event::v1::AssessmentCorrected>(view)) return *refusal;
  const auto& assessment = view.assessment().assessment();
  if (assessment.assessment_id().empty()) return Precondition("an assessment");
  event::v1::AssessmentCorrected corrected;
  corrected.set_replaces(assessment.assessment_id());
  corrected.set_assessment_id(InnerId(facts.request, "assessment"));
  for (const auto& wanted : input.corrections) {
    const std::string old_value = ValueOf(assessment, wanted.field);
    // Confirming a value pins it as well.
    auto* correction = corrected.add_corrections();
    correction->set_field(wanted.field);
    correction->set_old_value(old_value);
    correction->set_new_value(wanted.value);
  }
  if (input.reason.empty()) return EventDraft::Of(std::move(corrected));
  personal::v1::AssessmentCorrectedPersonal personal;
  personal.set_reason(input.reason);
  return EventDraft::Of(std::move(corrected), personal.SerializeAsString());
}

Decision DecideEscalate(StateView& view, const LevelInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintEscalated>(view)) return *refusal;
  const uint32_t level = view.level().level();
  const uint32_t to_level = input.to_level == 0 ? level + 1 : input.to_level;
  if (to_level <= level || to_level > 4)
    return Precondition(absl::StrCat("a level above ", level, " and up to 4"));
  event::v1::ComplaintEscalated escalated;
  escalated.set_from_level(level);
  escalated.set_to_level(to_level);
  for (const auto& open : view.triggers().open()) {
    escalated.add_triggers(open.trigger().trigger_id());
    escalated.add_because(open.trigger().kind());
  }
  view.ownership();
  escalated.set_reason(input.reason);
  escalated.set_team_id(input.team_id);
  escalated.set_owner_after(input.owner_after);
  for (const std::string& scope : input.view_scope) escalated.add_view_scope(scope);
  std::string personal;
  if (!input.reason_text.empty()) {
    personal::v1::ComplaintEscalatedPersonal text;
    text.set_reason_text(input.reason_text);
    personal = text.SerializeAsString();
  }
  return EventDraft::Of(std::move(escalated), std::move(personal));
}

Decision DecideDeescalate(StateView& view, const LevelInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintDeescalated>(view)) return *refusal;
  const uint32_t level = view.level().level();
  const uint32_t to_level = input.to_level == 0 ? level - 1 : input.to_level;
  if (to_level >= level || to_level == 0)
    return Precondition(absl::StrCat("a level below ", level, " and at least 1"));
  view.ownership();
  event::v1::ComplaintDeescalated deescalated;
  deescalated.set_from_level(level);
  deescalated.set_to_level(to_level);
  deescalated.set_reason(input.reason);
  deescalated.set_team_id(input.team_id);
  deescalated.set_owner_after(input.owner_after);
  std::string personal;
  if (!input.reason_text.empty()) {
    personal::v1::ComplaintEscalatedPersonal text;
    text.set_reason_text(input.reason_text);
    personal = text.SerializeAsString();
  }
  return EventDraft::Of(std::move(deescalated), std::move(personal));
}

Decision DecideDeclineEscalation(StateView& view, const std::vector<std::string>& triggers,
                                 const std::string& reason) {
  if (auto refusal = CheckStage<event::v1::EscalationDeclined>(view)) return *refusal;
  view.level();
  std::vector<std::string> open;
  for (const auto& trigger : view.triggers().open()) open.push_back(trigger.trigger().trigger_id());
  if (open.empty()) return Precondition("an open trigger");
  for (const std::string& id : triggers) {
    if (!Contains(open, id)) return Precondition("triggers that are open");
  }
  event::v1::EscalationDeclined declined;
  for (const std::string& id : triggers.empty() ? open : triggers) declined.add_triggers(id);
  declined.set_rule(reason);
  return EventDraft::Of(std::move(declined));
}

Decision DecideStartWaiting(StateView& view, const CommandFacts& facts,
                            const event::v1::Waiting& waiting) {
  if (auto refusal = CheckStage<event::v1::WaitingStarted>(view)) return *refusal;
  const auto& intervals = view.waiting().intervals();
  for (const auto& interval : intervals) {
    if (interval.on() == waiting.on() && interval.to_us() == 0)
      return Precondition("not to be waiting on them yet");
  }
  if (intervals.size() >= kMaxWaitingIntervals)
    return Limit("waiting intervals", kMaxWaitingIntervals);
  event::v1::WaitingStarted started;
  *started.mutable_waiting() = waiting;
  started.mutable_waiting()->set_since_us(facts.now_us);
  started.mutable_waiting()->set_last_inbound(view.conversation().last_inbound_id());
  return EventDraft::Of(std::move(started));
}

Decision DecideEndWaiting(StateView& view, event::v1::Waiting::On on,
                          event::v1::WaitingEnded::Cause cause) {
  if (auto refusal = CheckStage<event::v1::WaitingEnded>(view)) return *refusal;
  for (const auto& interval : view.waiting().intervals()) {
    if (interval.to_us() != 0) continue;
    if (on != event::v1::Waiting::ON_UNSPECIFIED && interval.on() != on) continue;
    event::v1::WaitingEnded ended;
    ended.set_on(interval.on());
    ended.set_cause(cause == event::v1::WaitingEnded::CAUSE_UNSPECIFIED
                        ? event::v1::WaitingEnded::ANSWERED
                        : cause);
    return EventDraft::Of(std::move(ended));
  }
  return Precondition("to be waiting");
}

Decision DecideAssign(StateView& view, const CommandFacts& facts, const AssignInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintAssigned>(view)) return *refusal;
  if (auto refusal = CheckNotExcluded(view, input.agent_id, input.team_id)) return *refusal;
  view.level();
  const auto& ownership = view.ownership();
  if (ownership.owner_id() == input.agent_id) return Precondition("another than the present owner");
  const bool taking = input.mode == event::v1::ComplaintAssigned::TAKEN;
  if (taking && !ownership.owner_id().empty()) return Precondition("nobody to own it yet");
  event::v1::ComplaintAssigned assigned;
  assigned.set_agent_id(input.agent_id);
  assigned.set_team_id(input.team_id);
  assigned.set_mode(input.mode);
  assigned.set_previous_owner(ownership.owner_id());
  assigned.set_weight(input.weight);
  personal::v1::ComplaintAssignedPersonal personal;
  personal.set_hand_over_note(input.hand_over_note);
  if (!input.note.empty()) {
    SetNote(facts.request, assigned.mutable_note());
    personal.mutable_note()->set_text(input.note);
  }
  return EventDraft::Of(std::move(assigned), personal.SerializeAsString());
}

Decision DecideQueue(StateView& view, const CommandFacts& facts, const QueueInput& input) {
  if (auto refusal = CheckStage<event::v1::ComplaintQueued>(view)) return *refusal;
  if (auto refusal = CheckNotExcluded(view, "", input.team_id)) return *refusal;
  view.level();
  const auto& ownership = view.ownership();
  const bool releases = input.cause == event::v1::ComplaintQueued::RELEASED;
  if (releases && ownership.owner_id().empty()) return Precondition("an owner");
  event::v1::ComplaintQueued queued;
  queued.set_team_id(input.team_id.empty() ? ownership.team_id() : input.team_id);
  queued.set_from_team_id(ownership.team_id());
  queued.set_cause(input.cause);
  queued.set_reason(releases ? "released" : "transferred");
  std::string personal;
  if (!input.note.empty()) {
    SetNote(facts.request, queued.mutable_note());
    personal::v1::ComplaintQueuedPersonal text;
    text.mutable_note()->set_text(input.note);
    personal = text.SerializeAsString();
  }
  return EventDraft::Of(std::move(queued), std::move(personal));
}

}  // namespace redress::intake
