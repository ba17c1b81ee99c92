#include "services/intake/decide/handling_deciders.h"

#include "services/intake/decide/preconditions.h"

namespace redress::intake {
namespace {

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

}  // namespace

Decision DecideStartInvestigation(StateView& view, const CommandFacts& facts,
                                  const std::string& note) {
  if (auto refusal = CheckStage<event::v1::InvestigationStarted>(view)) return *refusal;
  if (view.ownership().owner_id().empty()) return Precondition("an owner");
  event::v1::InvestigationStarted started;
  if (note.empty()) return EventDraft::Of(std::move(started));
  started.mutable_note()->set_note_id(InnerId(facts.request, "note"));
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

}  // namespace redress::intake
