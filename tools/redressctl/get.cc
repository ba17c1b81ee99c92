#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "tools/redressctl/commands.h"
#include "tools/redressctl/filter.h"
#include "tools/terminal/complaint_words.h"

namespace redress::ctl {
namespace {

using api::v1::Complaint;
using api::v1::HistoryEntry;
using intake::v1::GetHistoryResponse;

void PrintField(Session& session, const std::string& name, const std::string& value) {
  if (value.empty()) return;
  session.out() << session.style().Paint(Colour::kDim, name)
                << std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') << value << "\n";
}

std::string PartyWords(const api::v1::PartyView& party) {
  std::vector<std::string> words;
  if (!party.name().empty()) words.push_back(party.name());
  for (const auto& contact : party.contacts()) words.push_back(contact.value());
  return absl::StrJoin(words, ", ");
}

void PrintComplaint(Session& session, const Complaint& complaint, absl::Time now) {
  auto& out = session.out();
  out << session.style().Paint(Colour::kBold, complaint.tracking_code()) << "  "
      << complaint.headline() << "\n";
  PrintField(session, "id", complaint.id());
  PrintField(session, "stage", StageWords(complaint));
  PrintField(
      session, "category",
      absl::StrCat(CategoryWords(complaint), complaint.category_basis().empty() ? "" : "  by ",
                   complaint.category_basis()));
  PrintField(session, "level", absl::StrCat("L", complaint.level()));
  PrintField(session, "priority", PriorityWords(complaint, session.style()));
  PrintField(session, "owner", OwnerWords(complaint, session.style()));
  PrintField(session, "team", complaint.team());
  PrintField(session, "clocks", ClockWords(complaint, now, session.style()));
  PrintField(session, "received",
             absl::StrCat(PlainTime(TimeOf(complaint.received_at())), " by ",
                          WordsOfEnum(event::v1::Channel_Name(complaint.channel()))));
  if (complaint.has_waiting()) {
    PrintField(session, "waits for",
               WordsOfEnum(event::v1::Waiting::On_Name(complaint.waiting().on())));
  }
  for (const auto& party : complaint.parties()) {
    PrintField(session, WordsOfEnum(event::v1::Party::Role_Name(party.role())), PartyWords(party));
  }
  for (const auto& trigger : complaint.open_triggers()) {
    PrintField(session, "trigger",
               absl::StrCat(WordsOfEnum(event::v1::Trigger::Kind_Name(trigger.kind())), " since ",
                            PlainTime(TimeOf(trigger.opened_at()))));
  }
  if (complaint.newer_than_me())
    PrintField(session, "note", "holds events of a later release; shown as far as known");
  for (const auto& message : complaint.messages()) {
    const bool inbound = message.direction() == event::v1::Message::INBOUND;
    out << "\n"
        << session.style().Paint(Colour::kCyan, inbound ? "« " : "» ")
        << PlainTime(TimeOf(message.sent_at()));
    if (!message.subject().empty())
      out << "  " << session.style().Paint(Colour::kBold, message.subject());
    out << "\n" << message.body() << "\n";
  }
  for (const auto& note : complaint.notes()) {
    out << "\n"
        << session.style().Paint(Colour::kCyan, "note ") << PlainTime(TimeOf(note.written_at()))
        << "  " << note.author() << "\n"
        << note.text() << "\n";
  }
}

// Who, what and, for automatic steps, by which rules.
void PrintHistory(Session& session, const GetHistoryResponse& history) {
  session.out() << "\n";
  Table table({"WHEN", "#", "WHO", "WHAT", "WHY"});
  for (const HistoryEntry& entry : history.entries()) {
    const bool counts = entry.verdict() == api::v1::VERDICT_EFFECTIVE;
    const std::string verdict =
        counts ? "" : " [" + WordsOfEnum(api::v1::Verdict_Name(entry.verdict())) + "]";
    std::vector<std::string> rules(entry.explained().rules_fired().begin(),
                                   entry.explained().rules_fired().end());
    if (rules.size() > 3) {
      const size_t more = rules.size() - 3;
      rules.resize(3);
      rules.push_back(absl::StrCat("+", more));
    }
    const std::string summary = entry.summary().empty() ? entry.type_name() : entry.summary();
    table.Add({PlainTime(TimeOf(entry.recorded_at())), counts ? absl::StrCat(entry.version()) : "-",
               entry.actor().id(),
               session.style().Paint(counts ? Colour::kNone : Colour::kDim, summary + verdict),
               absl::StrJoin(rules, ", ")});
  }
  table.Print(session.out(), session.style());
}

}  // namespace

int Get(Session& session, const GetFlags& flags) {
  intake::v1::GetComplaintRequest request;
  request.set_complaint(flags.complaint);
  request.set_view(api::v1::COMPLAINT_VIEW_FULL);
  absl::Time as_of = absl::InfiniteFuture();
  if (!flags.as_of.empty()) {
    std::string flaw;
    if (!absl::ParseTime(absl::RFC3339_full, flags.as_of, &as_of, &flaw)) {
      session.Fail(InvalidField("--as-of", "write it like 2026-03-01T10:00:00Z"));
      return kUsage;
    }
    const int64_t us = ToMicros(as_of);
    request.mutable_as_of()->set_seconds(us / 1000000);
    request.mutable_as_of()->set_nanos(static_cast<int32_t>(us % 1000000) * 1000);
  }
  const auto complaint = session.Call<Complaint>("ComplaintService/GetComplaint", request);
  if (!complaint.ok()) return session.Fail(complaint.status());
  intake::v1::GetHistoryRequest steps;
  steps.set_complaint(flags.complaint);
  steps.set_include_refused(true);
  steps.set_include_void(flags.include_void);
  steps.set_page_size(1000);
  GetHistoryResponse history;
  do {
    const auto page = session.Call<GetHistoryResponse>("ComplaintService/GetHistory", steps);
    if (!page.ok()) return session.Fail(page.status());
    for (const HistoryEntry& entry : page->entries()) {
      if (TimeOf(entry.recorded_at()) <= as_of) *history.add_entries() = entry;
    }
    steps.set_page_token(page->next_page_token());
  } while (!steps.page_token().empty());
  if (session.json) {
    session.PrintJson(*complaint);
    for (const HistoryEntry& entry : history.entries()) session.PrintJson(entry);
    return kOk;
  }
  PrintComplaint(session, *complaint, absl::Now());
  PrintHistory(session, history);
  return kOk;
}

}  // namespace redress::ctl
