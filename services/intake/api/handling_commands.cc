// Investigation, decision, ends, corrections.
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/domain/payloads.h"
#include "libs/errors/errors.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "services/intake/api/command_call.h"
#include "services/intake/api/request_check.h"
#include "services/intake/decide/handling_deciders.h"

namespace redress::intake {
namespace {

absl::StatusOr<PreparedCommand> PrepareInvestigation(IntakeCore*, const CallContext&,
                                                     const v1::StartInvestigationRequest& request) {
  RequestCheck check;
  check.Text("note", request.note(), kMaxText);
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{
      PayloadOf<event::v1::InvestigationStarted>().number,
      [note = request.note()](StateView& view, const CommandFacts& facts, const CommandContext&) {
        return DecideStartInvestigation(view, facts, note);
      }};
}

absl::StatusOr<PreparedCommand> PrepareResolve(IntakeCore*, const CallContext&,
                                               const v1::ResolveComplaintRequest& request) {
  RequestCheck check;
  check.Enum("outcome", request.outcome(), event::v1::ComplaintResolved::Outcome_IsValid, true);
  check.Text("final_response", request.final_response(), kMaxBody, true);
  check.Text("final_response_subject", request.final_response_subject(), kMaxSubject);
  check.Enum("channel", request.channel(), event::v1::Channel_IsValid);
  check.Text("reasons", request.reasons(), kMaxText);
  if (request.has_redress_total()) check.Money("redress_total", request.redress_total());
  if (request.has_handling_cost()) check.Money("handling_cost", request.handling_cost());
  check.Code("liable_department", request.liable_department());
  if (!check.ok()) return check.ToStatus();
  ResolveInput input;
  input.outcome = request.outcome();
  input.channel = request.channel();
  input.subject = request.final_response_subject();
  input.final_response = request.final_response();
  input.reasons = request.reasons();
  if (request.has_redress_total()) input.redress_total = request.redress_total();
  if (request.has_handling_cost()) input.handling_cost = request.handling_cost();
  input.liable_department = request.liable_department();
  return PreparedCommand{
      PayloadOf<event::v1::ComplaintResolved>().number,
      [input](StateView& view, const CommandFacts& facts, const CommandContext&) {
        return DecideResolve(view, facts, input);
      },
      true};
}

absl::StatusOr<PreparedCommand> PrepareClose(IntakeCore*, const CallContext&,
                                             const v1::CloseComplaintRequest& request) {
  RequestCheck check;
  check.Code("reason", request.reason());
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{
      PayloadOf<event::v1::ComplaintClosed>().number,
      [reason = request.reason()](StateView& view, const CommandFacts&, const CommandContext&) {
        return DecideClose(view, reason);
      },
      true};
}

absl::StatusOr<PreparedCommand> PrepareReopen(IntakeCore*, const CallContext&,
                                              const v1::ReopenComplaintRequest& request) {
  RequestCheck check;
  check.Enum("cause", request.cause(), event::v1::ComplaintReopened::Cause_IsValid, true);
  const std::string answers = check.Id("answers", request.answers());
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{PayloadOf<event::v1::ComplaintReopened>().number,
                         [cause = request.cause(), answers](StateView& view, const CommandFacts&,
                                                            const CommandContext&) {
                           return DecideReopen(view, cause, answers);
                         }};
}

absl::StatusOr<PreparedCommand> PrepareWithdraw(IntakeCore*, const CallContext&,
                                                const v1::WithdrawComplaintRequest& request) {
  RequestCheck check;
  check.Code("reason", request.reason());
  check.Text("reason_text", request.reason_text(), kMaxText);
  if (!check.ok()) return check.ToStatus();
  return PreparedCommand{PayloadOf<event::v1::ComplaintWithdrawn>().number,
                         [request](StateView& view, const CommandFacts&, const CommandContext&) {
                           return DecideWithdraw(view, request.reason(), request.reason_text());
                         }};
}

// What is wrong with a corrected value, by itself; empty: nothing.
std::string WrongValue(const std::string& field, const std::string& value) {
  static const std::set<std::string> kScores = {"severity", "urgency", "impact", "complexity"};
  static const std::set<std::string> kFlags = {"legal_risk", "safety", "fast_lane"};
  uint32_t number = 0;
  const bool is_number = absl::SimpleAtoi(value, &number);
  if (kScores.count(field) > 0) return is_number && number >= 1 && number <= 5 ? "" : "1 to 5";
  if (field == "priority_band") return is_number && number >= 1 && number <= 4 ? "" : "1 to 4";
  if (kFlags.count(field) > 0) return value == "true" || value == "false" ? "" : "true or false";
  const std::vector<std::string> codes = absl::StrSplit(value, '/');
  return codes.size() == 3 ? "" : "a category path of three codes: a/b/c";
}

absl::StatusOr<PreparedCommand> PrepareCorrect(IntakeCore* core, const CallContext&,
                                               const v1::CorrectAssessmentRequest& request) {
  static const std::set<std::string> kFields = {"category",   "severity",   "urgency",
                                                "impact",     "complexity", "priority_band",
                                                "legal_risk", "safety",     "fast_lane"};
  RequestCheck check;
  check.Text("reason", request.reason(), kMaxText);
  if (request.corrections().empty()) check.Add("corrections", "at least one");
  if (request.corrections_size() > kMaxListed) check.Add("corrections", "too many");
  std::set<std::string> seen;
  CorrectInput input;
  input.reason = request.reason();
  for (int i = 0; i < request.corrections_size() && i < kMaxListed; ++i) {
    const auto& one = request.corrections(i);
    const std::string at = absl::StrCat("corrections[", i, "]");
    if (kFields.count(one.field()) == 0) {
      check.Add(at + ".field",
                "one of category, severity, urgency, impact, complexity, priority_band, "
                "legal_risk, safety, fast_lane");
      continue;
    }
    if (!seen.insert(one.field()).second) check.Add(at + ".field", "given twice");
    const std::string wrong = WrongValue(one.field(), one.value());
    if (!wrong.empty()) check.Add(at + ".value", wrong);
    input.corrections.push_back({one.field(), one.value()});
  }
  if (!check.ok()) return check.ToStatus();
  auto decide = [core, input](StateView& view, const CommandFacts& facts,
                              const CommandContext& context) -> absl::StatusOr<Decision> {
    for (size_t i = 0; i < input.corrections.size(); ++i) {
      if (input.corrections[i].field != "category") continue;
      // The policy that the complaint is decided under never changes while it runs.
      const auto policy = core->directory().FindPolicy(
          ContentHash::FromBytesOrNone(context.complaint->state.policy().manifest()));
      if (policy == nullptr) {
        return MakeError(absl::StatusCode::kUnavailable, reason::kNoPolicy,
                         "the complaint's policy is not read yet");
      }
      if (policy->FindCategory(input.corrections[i].value) == nullptr) {
        return InvalidField(absl::StrCat("corrections[", i, "].value"),
                            "no category of the complaint's policy");
      }
    }
    return DecideCorrect(view, facts, input);
  };
  return PreparedCommand{PayloadOf<event::v1::AssessmentCorrected>().number, std::move(decide)};
}

}  // namespace

void AddHandlingCommands(IntakeCore* core, RpcService* service) {
  AddCommand<v1::StartInvestigationRequest>(core, service, "StartInvestigation",
                                            PrepareInvestigation);
  AddCommand<v1::ResolveComplaintRequest>(core, service, "ResolveComplaint", PrepareResolve);
  AddCommand<v1::CloseComplaintRequest>(core, service, "CloseComplaint", PrepareClose);
  AddCommand<v1::ReopenComplaintRequest>(core, service, "ReopenComplaint", PrepareReopen);
  AddCommand<v1::WithdrawComplaintRequest>(core, service, "WithdrawComplaint", PrepareWithdraw);
  AddCommand<v1::CorrectAssessmentRequest>(core, service, "CorrectAssessment", PrepareCorrect);
}

}  // namespace redress::intake
