#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/domain/decision.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/handling.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/ownership.pb.h"
#include "services/intake/view/history_view.h"

namespace redress::intake {
namespace {

using event::v1::Channel_Name;

std::string Words(const std::string& enum_name) {
  std::string words = absl::AsciiStrToLower(enum_name);
  for (char& c : words) {
    if (c == '_') c = ' ';
  }
  return words;
}

std::string PathOf(const event::v1::Assessment& assessment) {
  std::vector<std::string> codes;
  for (const auto& level : assessment.category()) codes.push_back(level.code());
  return codes.empty() ? "no category" : absl::StrJoin(codes, "/");
}

std::string Line(const event::v1::ComplaintReceived& e, const Directory&) {
  return absl::StrCat("Complaint received by ", Words(Channel_Name(e.channel())),
                      e.region().empty() ? "" : absl::StrCat(" in region ", e.region()));
}
std::string Line(const event::v1::MessageAdded& e, const Directory&) {
  return e.message().direction() == event::v1::Message::OUTBOUND
             ? absl::StrCat("Message sent by ", Words(Channel_Name(e.message().channel())))
             : absl::StrCat("Message came in by ", Words(Channel_Name(e.message().channel())));
}
std::string Line(const event::v1::FormFieldsSet& e, const Directory&) {
  std::vector<std::string> names;
  for (const auto& field : e.fields()) names.push_back(field.field_id());
  return absl::StrCat("Fields set: ", absl::StrJoin(names, ", "));
}
std::string Line(const event::v1::NoteAdded&, const Directory&) { return "Internal note added"; }
std::string Line(const event::v1::CommandRefused& e, const Directory&) {
  const PayloadInfo* command = FindPayload(e.command());
  std::string line = absl::StrCat(
      "Refused: ", command != nullptr ? command->name : absl::StrCat("type ", e.command()), " (",
      std::string(RefusalName(e.code())));
  for (const auto& detail : e.details())
    absl::StrAppend(&line, ", ", detail.name(), " ", detail.value());
  return line + ")";
}
std::string Line(const event::v1::ComplaintAssessed& e, const Directory&) {
  return absl::StrCat("Assessed as ", PathOf(e.assessment()), ", level ", e.assessment().level(),
                      ", priority band ", e.assessment().priority().band());
}
std::string Line(const event::v1::ComplaintReassessed& e, const Directory&) {
  return absl::StrCat("Assessed again as ", PathOf(e.assessment()));
}
std::string Line(const event::v1::AssessmentCorrected& e, const Directory&) {
  std::vector<std::string> changes;
  for (const auto& one : e.corrections()) {
    changes.push_back(absl::StrCat(one.field(), " ", one.old_value(), " → ", one.new_value()));
  }
  return absl::StrCat("Assessment corrected: ", absl::StrJoin(changes, ", "));
}
std::string Line(const event::v1::ComplaintQueued& e, const Directory& directory) {
  return absl::StrCat("Queued for team ", directory.CodeOf(e.team_id()),
                      e.reason().empty() ? "" : absl::StrCat(" (", e.reason(), ")"));
}
std::string Line(const event::v1::ComplaintAssigned& e, const Directory& directory) {
  return absl::StrCat("Assigned to ", directory.CodeOf(e.agent_id()), " of team ",
                      directory.CodeOf(e.team_id()));
}
std::string Line(const event::v1::ComplaintEscalated& e, const Directory&) {
  std::vector<std::string> because;
  for (const int kind : e.because()) {
    because.push_back(
        Words(event::v1::Trigger::Kind_Name(static_cast<event::v1::Trigger::Kind>(kind))));
  }
  if (because.empty() && !e.reason().empty()) because.push_back(e.reason());
  return absl::StrCat(
      "Escalated from level ", e.from_level(), " to ", e.to_level(),
      because.empty() ? "" : absl::StrCat(" because of ", absl::StrJoin(because, ", ")));
}
std::string Line(const event::v1::ComplaintDeescalated& e, const Directory&) {
  return absl::StrCat("Taken down from level ", e.from_level(), " to ", e.to_level());
}
std::string Line(const event::v1::EscalationDeclined& e, const Directory&) {
  return absl::StrCat("Escalation declined (", e.rule(), "), ", e.triggers_size(),
                      " trigger(s) answered");
}
std::string Line(const event::v1::InvestigationStarted&, const Directory&) {
  return "Investigation started";
}
std::string Line(const event::v1::ComplaintResolved& e, const Directory&) {
  return absl::StrCat("Resolved: ", Words(event::v1::ComplaintResolved::Outcome_Name(e.outcome())));
}
std::string Line(const event::v1::ComplaintClosed& e, const Directory&) {
  return absl::StrCat("Closed", e.reason().empty() ? "" : absl::StrCat(" (", e.reason(), ")"));
}
std::string Line(const event::v1::ComplaintReopened& e, const Directory&) {
  return absl::StrCat("Reopened: ", Words(event::v1::ComplaintReopened::Cause_Name(e.cause())),
                      ", cycle ", e.cycle());
}
std::string Line(const event::v1::ComplaintWithdrawn& e, const Directory&) {
  return absl::StrCat("Withdrawn", e.reason().empty() ? "" : absl::StrCat(" (", e.reason(), ")"));
}
std::string Line(const event::v1::ClocksSet& e, const Directory&) {
  std::vector<std::string> kinds;
  for (const auto& clock : e.clocks())
    kinds.push_back(Words(event::v1::ClockSpec::Kind_Name(clock.kind())));
  return kinds.empty() ? "No clocks hold"
                       : absl::StrCat("Clocks set: ", absl::StrJoin(kinds, ", "));
}
std::string Line(const event::v1::ClockWarned& e, const Directory&) {
  return absl::StrCat("Clock warned: more than ", e.threshold_percent(), " % used");
}
std::string Line(const event::v1::ClockBreached&, const Directory&) {
  return "Clock breached: its target was missed";
}
std::string Line(const event::v1::WaitingStarted& e, const Directory&) {
  return absl::StrCat("Waiting begins ", Words(event::v1::Waiting::On_Name(e.waiting().on())));
}
std::string Line(const event::v1::WaitingEnded& e, const Directory&) {
  return absl::StrCat("Waiting ends: ", Words(event::v1::WaitingEnded::Cause_Name(e.cause())));
}

template <typename P>
bool LineAs(const google::protobuf::Message& payload, const Directory& directory,
            std::string* line) {
  if (payload.GetDescriptor() != P::descriptor()) return false;
  *line = Line(static_cast<const P&>(payload), directory);
  return true;
}

template <typename... P>
std::string LineOfAny(const google::protobuf::Message& payload, const Directory& directory) {
  std::string line = payload.GetDescriptor()->name();
  (LineAs<P>(payload, directory, &line) || ...);
  return line;
}

}  // namespace

std::string SummaryOf(const google::protobuf::Message& payload, const Directory& directory) {
  using namespace event::v1;  // NOLINT: the list below reads like the catalogue
  return LineOfAny<ComplaintReceived, MessageAdded, FormFieldsSet, NoteAdded, CommandRefused,
                   ComplaintAssessed, ComplaintReassessed, AssessmentCorrected, ComplaintQueued,
                   ComplaintAssigned, ComplaintEscalated, ComplaintDeescalated, EscalationDeclined,
                   InvestigationStarted, ComplaintResolved, ComplaintClosed, ComplaintReopened,
                   ComplaintWithdrawn, ClocksSet, ClockWarned, ClockBreached, WaitingStarted,
                   WaitingEnded>(payload, directory);
}

}  // namespace redress::intake
