#include "libs/domain/fold.h"

#include "libs/base/check.h"
#include "libs/domain/fold_aspects.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/ownership.pb.h"

namespace redress {
namespace {

using event::v1::Header;
using storage::v1::ComplaintState;
using S = storage::v1::StageState;

void Fold(const Header& h, const event::v1::ComplaintReceived& e, ComplaintState* s) {
  fold::ReceiveStage(h, e, s->mutable_stage());
  fold::ReceiveRecord(h, e, s->mutable_record());
  fold::ReceiveConversation(h, e, s->mutable_conversation());
  fold::ReceiveThread(e, s->mutable_thread());
  s->mutable_party()->mutable_parties()->CopyFrom(e.parties());
  s->mutable_ownership()->set_changed_by(h.event_id());
  s->mutable_ownership()->set_unowned_since_us(e.received_at_us());
  s->mutable_policy()->set_manifest(h.policy());
}

void Fold(const Header& h, const event::v1::MessageAdded& e, ComplaintState* s) {
  fold::AddMessage(h, e, s->mutable_conversation());
  const bool answers = e.message().direction() == event::v1::Message::INBOUND && e.by_complainant_side() &&
                       !e.message().auto_submitted();
  if (answers) fold::EndWaiting(event::v1::Waiting::ON_COMPLAINANT, h.occurred_at_us(), s->mutable_waiting());
  if (e.has_waiting()) fold::StartWaiting(h, e.waiting(), s->mutable_waiting());
  if (e.has_thread()) fold::SetThread(e.thread(), e.continues_as(), s->mutable_thread());
}

void Fold(const Header&, const event::v1::FormFieldsSet& e, ComplaintState* s) {
  fold::SetFields(e, s->mutable_record());
}

void Fold(const Header& h, const event::v1::ComplaintAssessed& e, ComplaintState* s) {
  fold::EnterStage(h, S::ASSESSED, s->mutable_stage());
  s->mutable_stage()->set_ever_assessed(true);
  fold::Assess(h, e.assessment(), s->mutable_assessment());
  fold::EnterLevel(h, e.assessment().level(), s->mutable_level());
  fold::OpenTriggers(h, e.triggers(), s->mutable_triggers());
}

void Fold(const Header& h, const event::v1::ComplaintReassessed& e, ComplaintState* s) {
  fold::Assess(h, e.assessment(), s->mutable_assessment());
  if (e.triggers_size() > 0) fold::OpenTriggers(h, e.triggers(), s->mutable_triggers());
}

void Fold(const Header& h, const event::v1::AssessmentCorrected& e, ComplaintState* s) {
  fold::Correct(h, e, s->mutable_assessment());
}

void Fold(const Header& h, const event::v1::ComplaintQueued& e, ComplaintState* s) {
  fold::Queue(h, e, s->mutable_ownership());
}

void Fold(const Header& h, const event::v1::ComplaintAssigned& e, ComplaintState* s) {
  fold::Assign(h, e, s->mutable_ownership());
}

void Fold(const Header& h, const event::v1::ComplaintEscalated& e, ComplaintState* s) {
  fold::EnterLevel(h, e.to_level(), s->mutable_level());
  s->mutable_level()->set_escalations(s->level().escalations() + 1);
  fold::MoveOwnership(h, e.team_id(), e.owner_after(), s->mutable_ownership());
  fold::CloseTriggers(e.triggers(), s->mutable_triggers());
}

void Fold(const Header& h, const event::v1::ComplaintDeescalated& e, ComplaintState* s) {
  fold::EnterLevel(h, e.to_level(), s->mutable_level());
  fold::MoveOwnership(h, e.team_id(), e.owner_after(), s->mutable_ownership());
}

void Fold(const Header&, const event::v1::EscalationDeclined& e, ComplaintState* s) {
  fold::CloseTriggers(e.triggers(), s->mutable_triggers());
}

void Fold(const Header& h, const event::v1::InvestigationStarted&, ComplaintState* s) {
  fold::EnterStage(h, S::INVESTIGATING, s->mutable_stage());
}

void Fold(const Header& h, const event::v1::ComplaintResolved& e, ComplaintState* s) {
  fold::EnterStage(h, S::RESOLVED, s->mutable_stage());
  s->mutable_stage()->set_outcome(e.outcome());
  s->mutable_stage()->set_resolution_id(e.resolution_id());
  s->mutable_stage()->set_first_contact(e.first_contact());
  s->mutable_stage()->set_resolved_at_us(h.occurred_at_us());
  if (e.has_final_response()) fold::SendFinalResponse(h, e.final_response(), s->mutable_conversation());
  fold::EndAllWaiting(h.occurred_at_us(), s->mutable_waiting());
  s->mutable_triggers()->clear_open();
}

// Closing and withdrawal leave nothing open behind them.
void EndHandling(const Header& h, S::How how, ComplaintState* s) {
  fold::EnterStage(h, S::CLOSED, s->mutable_stage());
  s->mutable_stage()->set_how(how);
  s->mutable_stage()->set_closed_at_us(h.occurred_at_us());
  fold::EndAllWaiting(h.occurred_at_us(), s->mutable_waiting());
  s->mutable_clocks()->set_stopped_at_us(h.occurred_at_us());
  s->mutable_triggers()->clear_open();
}

void Fold(const Header& h, const event::v1::ComplaintClosed&, ComplaintState* s) {
  EndHandling(h, S::HOW_RESOLVED, s);
}

void Fold(const Header& h, const event::v1::ComplaintWithdrawn&, ComplaintState* s) {
  EndHandling(h, S::HOW_WITHDRAWN, s);
}

void Fold(const Header& h, const event::v1::ComplaintReopened& e, ComplaintState* s) {
  auto* stage = s->mutable_stage();
  fold::EnterStage(h, stage->ever_assessed() ? S::INVESTIGATING : S::RECEIVED, stage);
  stage->set_cycle(e.cycle());
  stage->set_cycle_started_at_us(h.occurred_at_us());
  stage->clear_how();
  stage->clear_resolved_at_us();
  stage->clear_closed_at_us();
  stage->clear_outcome();
  stage->clear_resolution_id();
  stage->clear_first_contact();
  s->mutable_clocks()->clear_stopped_at_us();
}

void Fold(const Header& h, const event::v1::ClocksSet& e, ComplaintState* s) {
  fold::SetClocks(h, e, s->mutable_clocks());
}

void Fold(const Header& h, const event::v1::ClockWarned& e, ComplaintState* s) {
  fold::Fire({e.clock_id(), e.threshold_percent(), e.generation(), e.fired_at_us(), e.due_at_us()}, h,
             s->mutable_clocks());
  if (e.triggers_size() > 0) fold::OpenTriggers(h, e.triggers(), s->mutable_triggers());
}

void Fold(const Header& h, const event::v1::ClockBreached& e, ComplaintState* s) {
  fold::Fire({e.clock_id(), 0, e.generation(), e.fired_at_us(), e.due_at_us()}, h, s->mutable_clocks());
  if (e.triggers_size() > 0) fold::OpenTriggers(h, e.triggers(), s->mutable_triggers());
}

void Fold(const Header& h, const event::v1::WaitingStarted& e, ComplaintState* s) {
  fold::StartWaiting(h, e.waiting(), s->mutable_waiting());
}

void Fold(const Header& h, const event::v1::WaitingEnded& e, ComplaintState* s) {
  fold::EndWaiting(e.on(), h.occurred_at_us(), s->mutable_waiting());
}

template <typename P>
bool FoldAs(const FoldedEvent& event, ComplaintState* state) {
  if (event.payload.GetDescriptor() != P::descriptor()) return false;
  Fold(event.header, static_cast<const P&>(event.payload), state);
  return true;
}

template <typename... P>
void FoldAny(const FoldedEvent& event, ComplaintState* state) {
  (FoldAs<P>(event, state) || ...);
}

}  // namespace

void Apply(const FoldedEvent& event, ComplaintState* state) {
  using namespace event::v1;  // NOLINT: the list below reads like the catalogue
  FoldAny<ComplaintReceived, ComplaintAssessed, ClocksSet, ComplaintAssigned, MessageAdded, ComplaintQueued,
          ClockWarned, ClockBreached, ComplaintEscalated, ComplaintDeescalated, EscalationDeclined, FormFieldsSet,
          ComplaintReassessed, AssessmentCorrected, InvestigationStarted, ComplaintResolved, ComplaintClosed,
          ComplaintReopened, ComplaintWithdrawn, WaitingStarted, WaitingEnded>(event, state);
}

void KeepOnly(AspectSet kept, ComplaintState* state) {
  // Written out, for every event passes here. A test compares it with the fields of the state.
  if (!kept.Has(event::v1::STAGE)) state->clear_stage();
  if (!kept.Has(event::v1::OWNERSHIP)) state->clear_ownership();
  if (!kept.Has(event::v1::RECUSAL)) state->clear_recusal();
  if (!kept.Has(event::v1::LEVEL)) state->clear_level();
  if (!kept.Has(event::v1::TRIGGERS)) state->clear_triggers();
  if (!kept.Has(event::v1::ASSESSMENT)) state->clear_assessment();
  if (!kept.Has(event::v1::CONVERSATION)) state->clear_conversation();
  if (!kept.Has(event::v1::THREAD)) state->clear_thread();
  if (!kept.Has(event::v1::PARTY)) state->clear_party();
  if (!kept.Has(event::v1::RECORD)) state->clear_record();
  if (!kept.Has(event::v1::CLOCKS)) state->clear_clocks();
  if (!kept.Has(event::v1::WAITING)) state->clear_waiting();
  if (!kept.Has(event::v1::POLICY)) state->clear_policy();
}

}  // namespace redress
