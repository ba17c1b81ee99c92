// ListComplaints: by time of receipt over the index, or by priority over at most 10,000 matches.
#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/domain/priority/priority.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "services/intake/api/complaint_filter.h"
#include "services/intake/api/complaint_service.h"
#include "services/intake/api/page_token.h"
#include "services/intake/api/roles.h"
#include "services/intake/projection/tables.h"
#include "services/intake/view/complaint_view.h"
#include "services/intake/view/stored_complaint.h"

namespace redress::intake {
namespace {

constexpr int kStandardPage = 50;
constexpr int kMaxPage = 500;
// Complaints looked at for one page by time: a page may hold fewer than asked, its token goes on.
constexpr int kMaxExamined = 20'000;
constexpr size_t kMaxSorted = 10'000;

struct Question {
  v1::ListComplaintsRequest request;
  FilterMatcher filter;
  ContentHash hash;
  std::string place;
  int size;
  api::v1::ComplaintView view;
};

// Keys of the index that the filter's times of receipt allow, beyond `place`.
std::pair<std::string, std::string> RangeOf(const Question& question, bool descending) {
  std::string from = ReceivedKey(question.filter.received_from_us(), ComplaintId());
  std::string to = question.filter.received_until_us() != 0
                       ? ReceivedKey(question.filter.received_until_us(), ComplaintId())
                       : AfterPrefix(ReceivedPrefix());
  if (!question.place.empty()) {
    if (descending) {
      to = question.place;
    } else {
      from = question.place + '\0';
    }
  }
  return {from, to};
}

// Visits matching complaints in the order of the index. `visit` gets the index key too.
absl::Status VisitMatches(IntakeCore* core, const Question& question, bool descending,
                          int* examined,
                          absl::FunctionRef<bool(std::string_view key, ComplaintRow row)> visit) {
  const auto [from, to] = RangeOf(question, descending);
  absl::Status failed;
  REDRESS_RETURN_IF_ERROR(
      core->store().Scan(from, to, descending, [&](std::string_view key, std::string_view) {
        ++*examined;
        auto row = LoadComplaint(core->store(), ReceivedComplaint(key));
        if (!row.ok()) {
          failed = row.status();
          return false;
        }
        const bool matches = row->has_value() && question.filter.Matches(**row);
        return visit(key, matches ? *std::move(*row) : ComplaintRow());
      }));
  return failed;
}

absl::StatusOr<v1::ListComplaintsResponse> ByReceived(IntakeCore* core, const Question& question,
                                                      const ViewSources& sources) {
  const bool descending =
      question.request.order() != v1::ListComplaintsRequest::ORDER_RECEIVED_ASCENDING;
  v1::ListComplaintsResponse response;
  std::vector<ComplaintRow> rows;
  std::string last;
  int examined = 0;
  bool more = false;
  REDRESS_RETURN_IF_ERROR(VisitMatches(
      core, question, descending, &examined, [&](std::string_view key, ComplaintRow row) {
        if (static_cast<int>(rows.size()) == question.size || examined > kMaxExamined) {
          more = true;
          return false;
        }
        last = std::string(key);
        if (row.id) rows.push_back(std::move(row));
        return true;
      }));
  for (const ComplaintRow& row : rows) {
    REDRESS_ASSIGN_OR_RETURN(*response.add_complaints(), ViewOf(row, question.view, sources));
  }
  if (more) response.set_next_page_token(MakePageToken(question.hash, last));
  return response;
}

absl::StatusOr<v1::ListComplaintsResponse> ByPriority(IntakeCore* core, const Question& asked,
                                                      const ViewSources& sources) {
  // The whole range is sorted anew for each page; `place` is the (order, id) that the last one
  // ended with.
  Question question = asked;
  question.place.clear();
  struct Candidate {
    PriorityKey key;
    ComplaintId id;
  };
  std::vector<Candidate> matches;
  int examined = 0;
  REDRESS_RETURN_IF_ERROR(
      VisitMatches(core, question, false, &examined, [&](std::string_view, ComplaintRow row) {
        if (!row.id) return true;
        const auto& priority = row.state.assessment().assessment().priority();
        matches.push_back(
            {PriorityKey::Of(row.id, priority.score(), priority.band() == 0 ? 4 : priority.band(),
                             FromMicros(row.state.stage().received_at_us()),
                             priority.ageing_per_hour()),
             row.id});
        return matches.size() <= kMaxSorted;
      }));
  if (matches.size() > kMaxSorted) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason::kTooManyMatches,
                     absl::StrCat("more than ", kMaxSorted,
                                  " complaints match: narrow the filter, or list by time"));
  }
  std::sort(matches.begin(), matches.end(),
            [](const Candidate& a, const Candidate& b) { return a.key < b.key; });
  size_t begin = 0;
  if (!asked.place.empty()) {
    const ComplaintId after = ComplaintId::FromBytesOrNone(std::string_view(asked.place).substr(8));
    const int64_t order = RowKeyReader("p" + asked.place).I64();
    auto next = std::find_if(matches.begin(), matches.end(),
                             [&](const Candidate& one) { return one.id == after; });
    if (next != matches.end()) {
      ++next;
    } else {
      // It matches no more: go on at its place.
      next = std::find_if(matches.begin(), matches.end(),
                          [&](const Candidate& one) { return one.key.order() >= order; });
    }
    begin = static_cast<size_t>(next - matches.begin());
  }
  v1::ListComplaintsResponse response;
  const size_t end = std::min(matches.size(), begin + static_cast<size_t>(asked.size));
  for (size_t i = begin; i < end; ++i) {
    REDRESS_ASSIGN_OR_RETURN(const auto row, LoadComplaint(core->store(), matches[i].id));
    if (!row) continue;
    REDRESS_ASSIGN_OR_RETURN(*response.add_complaints(), ViewOf(*row, asked.view, sources));
  }
  if (end < matches.size() && end > begin) {
    const Candidate& last = matches[end - 1];
    response.set_next_page_token(
        MakePageToken(asked.hash, RowKey('p').I64(last.key.order()).Id(last.id).str().substr(1)));
  }
  return response;
}

absl::StatusOr<v1::ListComplaintsResponse> List(IntakeCore* core, const Question& question) {
  const std::string token = core->FlushedToken();
  const ViewSources sources{core->store(), core->directory(), core->log().log_id(),
                            core->clock().Now()};
  auto response = question.request.order() == v1::ListComplaintsRequest::ORDER_PRIORITY
                      ? ByPriority(core, question, sources)
                      : ByReceived(core, question, sources);
  if (response.ok()) response->set_consistency_token(token);
  return response;
}

absl::StatusOr<Question> CheckList(const v1::ListComplaintsRequest& request) {
  if (!v1::ListComplaintsRequest::Order_IsValid(request.order()))
    return InvalidField("order", "not a known order");
  if (!api::v1::ComplaintView_IsValid(request.view())) return InvalidField("view", "BASIC or FULL");
  REDRESS_ASSIGN_OR_RETURN(FilterMatcher filter, FilterMatcher::Of(request.filter()));
  const ContentHash hash = QuestionOf(request);
  REDRESS_ASSIGN_OR_RETURN(std::string place, ReadPageToken(hash, request.page_token()));
  const auto view = request.view() == api::v1::COMPLAINT_VIEW_FULL ? api::v1::COMPLAINT_VIEW_FULL
                                                                   : api::v1::COMPLAINT_VIEW_BASIC;
  return Question{request,
                  std::move(filter),
                  hash,
                  std::move(place),
                  PageSizeOf(request.page_size(), kStandardPage, kMaxPage),
                  view};
}

}  // namespace

void AddList(IntakeCore* core, RpcService* service) {
  service->Unary<v1::ListComplaintsRequest, v1::ListComplaintsResponse>(
      "ListComplaints", {},
      [core](const CallContext& call, const v1::ListComplaintsRequest& request,
             Done<v1::ListComplaintsResponse> done_once) {
        auto done = std::make_shared<Done<v1::ListComplaintsResponse>>(std::move(done_once));
        const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
        if (!role.ok()) return (*done)(role.status());
        auto question = CheckList(request);
        if (!question.ok()) return (*done)(question.status());
        AskAfter(
            core, request.consistency_token(), call.deadline(),
            [core, done, question = *std::move(question)] { (*done)(List(core, question)); },
            [done](absl::Status status) { (*done)(std::move(status)); });
      });
}

}  // namespace redress::intake
