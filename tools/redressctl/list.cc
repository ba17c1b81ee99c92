#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "tools/redressctl/commands.h"
#include "tools/redressctl/filter.h"
#include "tools/terminal/complaint_words.h"

namespace redress::ctl {
namespace {

using api::v1::Complaint;
using intake::v1::ListComplaintsRequest;
using intake::v1::ListComplaintsResponse;
using intake::v1::WatchComplaintsResponse;

constexpr int kLargestPage = 500;
constexpr size_t kHeadlineCells = 40;

void PrintTable(Session& session, const std::vector<Complaint>& complaints, bool more) {
  Table table(
      {"TRACKING CODE", "STAGE", "CATEGORY", "LEVEL", "PRIORITY", "OWNER", "CLOCKS", "HEADLINE"});
  const absl::Time now = absl::Now();
  for (const Complaint& complaint : complaints) {
    table.Add({complaint.tracking_code(), StageWords(complaint), CategoryWords(complaint),
               absl::StrCat("L", complaint.level()), PriorityWords(complaint, session.style()),
               OwnerWords(complaint, session.style()),
               NextClockWords(complaint, now, session.style()),
               Shortened(complaint.headline(), kHeadlineCells)});
  }
  table.Print(session.out(), session.style());
  session.out() << complaints.size()
                << (more ? " complaints, and there are more (--limit)\n" : " complaints\n");
}

std::string ChangeLine(const WatchComplaintsResponse& change, const TerminalStyle& style) {
  const Complaint& complaint = change.complaint();
  const std::string what =
      change.has_event()
          ? (change.event().summary().empty() ? change.event().type_name()
                                              : change.event().summary())
          : absl::StrCat("is ", StageWords(complaint), ", ", CategoryWords(complaint), ", L",
                         complaint.level(), ", ", OwnerWords(complaint, style));
  const absl::Time at =
      TimeOf(change.has_event() ? change.event().recorded_at() : complaint.updated_at());
  return absl::StrCat(PlainTime(at), "  ", style.Paint(Colour::kBold, complaint.tracking_code()),
                      "  ", what);
}

}  // namespace

int List(Session& session, const ListFlags& flags) {
  ListComplaintsRequest request;
  auto filter = FilterOf(flags.filter);
  if (!filter.ok()) {
    session.Fail(filter.status());
    return kUsage;
  }
  *request.mutable_filter() = *std::move(filter);
  request.set_order(flags.order == "priority" ? ListComplaintsRequest::ORDER_PRIORITY
                    : flags.order == "oldest" ? ListComplaintsRequest::ORDER_RECEIVED_ASCENDING
                                              : ListComplaintsRequest::ORDER_RECEIVED_DESCENDING);
  std::vector<Complaint> complaints;
  const size_t limit = static_cast<size_t>(flags.limit);
  do {
    request.set_page_size(
        static_cast<int>(std::min<size_t>(limit - complaints.size(), kLargestPage)));
    auto page = session.Call<ListComplaintsResponse>("ComplaintService/ListComplaints", request);
    if (!page.ok()) return session.Fail(page.status());
    for (Complaint& complaint : *page->mutable_complaints()) {
      if (session.json) session.PrintJson(complaint);
      complaints.push_back(std::move(complaint));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty() && complaints.size() < limit);
  if (!session.json) PrintTable(session, complaints, !request.page_token().empty());
  return kOk;
}

int Watch(Session& session, const WatchFlags& flags) {
  intake::v1::WatchComplaintsRequest request;
  auto filter = FilterOf(flags.filter);
  if (!filter.ok()) {
    session.Fail(filter.status());
    return kUsage;
  }
  *request.mutable_filter() = *std::move(filter);
  request.set_initial(flags.initial);
  request.set_resume_token(flags.resume_token);
  const auto opened = session.OpenStream("ComplaintService/WatchComplaints", request);
  if (!opened.ok()) return session.Fail(opened.status());
  RpcStream& stream = **opened;
  WatchComplaintsResponse change;
  int64_t seen = 0;
  std::string resume;
  while (stream.Read(&change)) {
    resume = change.resume_token();
    if (session.json) {
      session.PrintJson(change);
    } else if (change.has_complaint()) {
      session.out() << ChangeLine(change, session.style()) << std::endl;
    }
    seen += change.has_complaint() ? 1 : 0;
    if (flags.limit > 0 && seen >= flags.limit) return kOk;
  }
  const absl::Status ended = stream.Finish();
  if (ended.ok()) return kOk;
  const int code = session.Fail(ended);
  if (!resume.empty())
    session.err() << "Go on without a gap: redressctl watch --resume " << resume << "\n";
  return code;
}

}  // namespace redress::ctl
