#include "libs/domain/fold.h"

#include "libs/base/check.h"
#include "libs/domain/fold_aspects.h"
#include "libs/domain/payloads.h"
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

// The state as far as it is kept: an aspect that is not kept is null, and what an event does to it
// is left out.
class KeptState {
 public:
  KeptState(AspectSet kept, ComplaintState* state) : kept_(kept), state_(state) {}

  S* stage() const { return Has(event::v1::STAGE) ? state_->mutable_stage() : nullptr; }
  auto* ownership() const {
    return Has(event::v1::OWNERSHIP) ? state_->mutable_ownership() : nullptr;
  }
  auto* level() const { return Has(event::v1::LEVEL) ? state_->mutable_level() : nullptr; }
  auto* triggers() const { return Has(event::v1::TRIGGERS) ? state_->mutable_triggers() : nullptr; }
  auto* assessment() const {
    return Has(event::v1::ASSESSMENT) ? state_->mutable_assessment() : nullptr;
  }
  auto* conversation() const {
    return Has(event::v1::CONVERSATION) ? state_->mutable_conversation() : nullptr;
  }
  auto* thread() const { return Has(event::v1::THREAD) ? state_->mutable_thread() : nullptr; }
  auto* party() const { return Has(event::v1::PARTY) ? state_->mutable_party() : nullptr; }
  auto* record() const { return Has(event::v1::RECORD) ? state_->mutable_record() : nullptr; }
  auto* clocks() const { return Has(event::v1::CLOCKS) ? state_->mutable_clocks() : nullptr; }
  auto* waiting() const { return Has(event::v1::WAITING) ? state_->mutable_waiting() : nullptr; }
  auto* policy() const { return Has(event::v1::POLICY) ? state_->mutable_policy() : nullptr; }

 private:
  bool Has(Aspect aspect) const { return kept_.Has(aspect); }

  AspectSet kept_;
  ComplaintState* state_;
};

void Fold(const Header& h, const event::v1::ComplaintReceived& e, KeptState s) {
  if (auto* stage = s.stage()) fold::ReceiveStage(h, e, stage);
  if (auto* record = s.record()) fold::ReceiveRecord(h, e, record);
  if (auto* conversation = s.conversation()) fold::ReceiveConversation(h, e, conversation);
  if (auto* thread = s.thread()) fold::ReceiveThread(e, thread);
  if (auto* party = s.party()) *party->mutable_parties() = e.parties();
  if (auto* ownership = s.ownership()) {
    ownership->set_changed_by(h.event_id());
    ownership->set_unowned_since_us(e.received_at_us());
  }
  if (auto* policy = s.policy()) policy->set_manifest(h.policy());
}

void Fold(const Header& h, const event::v1::MessageAdded& e, KeptState s) {
  if (auto* conversation = s.conversation()) fold::AddMessage(h, e, conversation);
  const bool answers = e.message().direction() == event::v1::Message::INBOUND &&
                       e.by_complainant_side() && !e.message().auto_submitted();
  if (answers || e.has_waiting()) {
    if (auto* waiting = s.waiting()) {
      if (answers)
        fold::EndWaiting(event::v1::Waiting::ON_COMPLAINANT, h.occurred_at_us(), waiting);
      if (e.has_waiting()) fold::StartWaiting(h, e.waiting(), waiting);
    }
  }
  if (!e.has_thread()) return;
  if (auto* thread = s.thread()) fold::SetThread(e.thread(), e.continues_as(), thread);
}

void Fold(const Header&, const event::v1::FormFieldsSet& e, KeptState s) {
  if (auto* record = s.record()) fold::SetFields(e, record);
}

void OpenTriggers(const Header& h, const fold::Repeated<event::v1::Trigger>& opened, KeptState s) {
  if (opened.empty()) return;
  if (auto* triggers = s.triggers()) fold::OpenTriggers(h, opened, triggers);
}

void Fold(const Header& h, const event::v1::ComplaintAssessed& e, KeptState s) {
  if (auto* stage = s.stage()) {
    fold::EnterStage(h, S::ASSESSED, stage);
    stage->set_ever_assessed(true);
  }
  if (auto* assessment = s.assessment()) fold::Assess(h, e.assessment(), assessment);
  if (auto* level = s.level()) fold::EnterLevel(h, e.assessment().level(), level);
  if (auto* triggers = s.triggers()) fold::OpenTriggers(h, e.triggers(), triggers);
}

void Fold(const Header& h, const event::v1::ComplaintReassessed& e, KeptState s) {
  if (auto* assessment = s.assessment()) fold::Assess(h, e.assessment(), assessment);
  OpenTriggers(h, e.triggers(), s);
}

void Fold(const Header& h, const event::v1::AssessmentCorrected& e, KeptState s) {
  if (auto* assessment = s.assessment()) fold::Correct(h, e, assessment);
}

void Fold(const Header& h, const event::v1::ComplaintQueued& e, KeptState s) {
  if (auto* ownership = s.ownership()) fold::Queue(h, e, ownership);
}

void Fold(const Header& h, const event::v1::ComplaintAssigned& e, KeptState s) {
  if (auto* ownership = s.ownership()) fold::Assign(h, e, ownership);
}

void Fold(const Header& h, const event::v1::ComplaintEscalated& e, KeptState s) {
  if (auto* level = s.level()) {
    fold::EnterLevel(h, e.to_level(), level);
    level->set_escalations(level->escalations() + 1);
  }
  if (auto* ownership = s.ownership())
    fold::MoveOwnership(h, e.team_id(), e.owner_after(), ownership);
  if (auto* triggers = s.triggers()) fold::CloseTriggers(e.triggers(), triggers);
}

void Fold(const Header& h, const event::v1::ComplaintDeescalated& e, KeptState s) {
  if (auto* level = s.level()) fold::EnterLevel(h, e.to_level(), level);
  if (auto* ownership = s.ownership())
    fold::MoveOwnership(h, e.team_id(), e.owner_after(), ownership);
}

void Fold(const Header&, const event::v1::EscalationDeclined& e, KeptState s) {
  if (auto* triggers = s.triggers()) fold::CloseTriggers(e.triggers(), triggers);
}

void Fold(const Header& h, const event::v1::InvestigationStarted&, KeptState s) {
  if (auto* stage = s.stage()) fold::EnterStage(h, S::INVESTIGATING, stage);
}

void EndWaitingAndTriggers(const Header& h, KeptState s) {
  if (auto* waiting = s.waiting()) fold::EndAllWaiting(h.occurred_at_us(), waiting);
  if (auto* triggers = s.triggers()) triggers->clear_open();
}

void Fold(const Header& h, const event::v1::ComplaintResolved& e, KeptState s) {
  if (auto* stage = s.stage()) {
    fold::EnterStage(h, S::RESOLVED, stage);
    stage->set_outcome(e.outcome());
    stage->set_resolution_id(e.resolution_id());
    stage->set_first_contact(e.first_contact());
    stage->set_resolved_at_us(h.occurred_at_us());
  }
  if (e.has_final_response()) {
    if (auto* conversation = s.conversation())
      fold::SendFinalResponse(h, e.final_response(), conversation);
  }
  EndWaitingAndTriggers(h, s);
}

// Closing and withdrawal leave nothing open behind them.
void EndHandling(const Header& h, S::How how, KeptState s) {
  if (auto* stage = s.stage()) {
    fold::EnterStage(h, S::CLOSED, stage);
    stage->set_how(how);
    stage->set_closed_at_us(h.occurred_at_us());
  }
  if (auto* clocks = s.clocks()) clocks->set_stopped_at_us(h.occurred_at_us());
  EndWaitingAndTriggers(h, s);
}

void Fold(const Header& h, const event::v1::ComplaintClosed&, KeptState s) {
  EndHandling(h, S::HOW_RESOLVED, s);
}

void Fold(const Header& h, const event::v1::ComplaintWithdrawn&, KeptState s) {
  EndHandling(h, S::HOW_WITHDRAWN, s);
}

void Fold(const Header& h, const event::v1::ComplaintReopened& e, KeptState s) {
  if (auto* stage = s.stage()) {
    fold::EnterStage(h, stage->ever_assessed() ? S::INVESTIGATING : S::RECEIVED, stage);
    stage->set_cycle(e.cycle());
    stage->set_cycle_started_at_us(h.occurred_at_us());
    stage->clear_how();
    stage->clear_resolved_at_us();
    stage->clear_closed_at_us();
    stage->clear_outcome();
    stage->clear_resolution_id();
    stage->clear_first_contact();
  }
  if (auto* clocks = s.clocks()) clocks->clear_stopped_at_us();
}

void Fold(const Header& h, const event::v1::ClocksSet& e, KeptState s) {
  if (auto* clocks = s.clocks()) fold::SetClocks(h, e, clocks);
}

void Fold(const Header& h, const event::v1::ClockWarned& e, KeptState s) {
  if (auto* clocks = s.clocks()) {
    fold::Fire(
        {e.clock_id(), e.threshold_percent(), e.generation(), e.fired_at_us(), e.due_at_us()}, h,
        clocks);
  }
  OpenTriggers(h, e.triggers(), s);
}

void Fold(const Header& h, const event::v1::ClockBreached& e, KeptState s) {
  if (auto* clocks = s.clocks()) {
    fold::Fire({e.clock_id(), 0, e.generation(), e.fired_at_us(), e.due_at_us()}, h, clocks);
  }
  OpenTriggers(h, e.triggers(), s);
}

void Fold(const Header& h, const event::v1::WaitingStarted& e, KeptState s) {
  if (auto* waiting = s.waiting()) fold::StartWaiting(h, e.waiting(), waiting);
}

void Fold(const Header& h, const event::v1::WaitingEnded& e, KeptState s) {
  if (auto* waiting = s.waiting()) fold::EndWaiting(e.on(), h.occurred_at_us(), waiting);
}

template <typename P>
bool FoldAs(const FoldedEvent& event, KeptState state) {
  if (event.type != PayloadOf<P>().number) return false;
  Fold(event.header, static_cast<const P&>(event.payload), state);
  return true;
}

template <typename... P>
void FoldAny(const FoldedEvent& event, KeptState state) {
  (FoldAs<P>(event, state) || ...);
}

}  // namespace

void Apply(const FoldedEvent& event, AspectSet kept, ComplaintState* state) {
  using namespace event::v1;  // NOLINT: the list below reads like the catalogue
  FoldAny<ComplaintReceived, ComplaintAssessed, ClocksSet, ComplaintAssigned, MessageAdded,
          ComplaintQueued, ClockWarned, ClockBreached, ComplaintEscalated, ComplaintDeescalated,
          EscalationDeclined, FormFieldsSet, ComplaintReassessed, AssessmentCorrected,
          InvestigationStarted, ComplaintResolved, ComplaintClosed, ComplaintReopened,
          ComplaintWithdrawn, WaitingStarted, WaitingEnded>(event, {kept, state});
}

}  // namespace redress
