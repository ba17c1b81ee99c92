// One complaint, now or as of an instant; its history; what became of a source's item.
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "libs/api/proto_time.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "redress/event/v1/inbound.pb.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "services/intake/api/complaint_name.h"
#include "services/intake/api/complaint_service.h"
#include "services/intake/api/page_token.h"
#include "services/intake/api/roles.h"
#include "services/intake/projection/tables.h"
#include "services/intake/view/complaint_texts.h"
#include "services/intake/view/complaint_view.h"
#include "services/intake/view/history_view.h"
#include "services/intake/view/stored_complaint.h"

namespace redress::intake {
namespace {

constexpr int kStandardHistory = 200;
constexpr int kMaxHistory = 1000;

ViewSources SourcesOf(IntakeCore* core) {
  return {core->store(), core->directory(), core->log().log_id(), core->clock().Now()};
}

// The stored row of a name; nothing when there is none at the last flush.
absl::StatusOr<std::optional<ComplaintRow>> Look(IntakeCore* core, const ComplaintName& name) {
  ComplaintId id = name.id;
  if (!id) {
    REDRESS_ASSIGN_OR_RETURN(id, FindByCode(core->store(), name.code));
  }
  if (!id) return std::nullopt;
  return LoadComplaint(core->store(), id);
}

// Finds the complaint and runs `answer` on the queries' thread; `fail` with NOT_FOUND only after
// everything durable at arrival is folded.
void WithComplaint(IntakeCore* core, const CallContext& call, const std::string& typed,
                   const std::string& token, std::function<void(const ComplaintRow&)> answer,
                   std::function<void(absl::Status)> fail) {
  auto name = ParseComplaintName(typed);
  if (!name.ok()) return fail(name.status());
  const absl::Time deadline = call.deadline();
  AskAfter(
      core, token, deadline,
      [=, name = *name] {
        const auto row = Look(core, name);
        if (!row.ok()) return fail(row.status());
        if (row->has_value()) return answer(**row);
        std::vector<TopicPartition> where = ComplaintPartitions(core->log());
        if (name.id) {
          where = {{Topic::kComplaints,
                    PartitionOf(name.id, core->log().PartitionCount(Topic::kComplaints))}};
        }
        WhenCaughtUp(core, std::move(where), deadline, [=](absl::Status reached) {
          if (!reached.ok()) return fail(reached);
          core->queries().Post([=] {
            const auto again = Look(core, name);
            if (!again.ok()) return fail(again.status());
            if (!again->has_value()) return fail(NoSuchComplaint());
            answer(**again);
          });
        });
      },
      fail);
}

absl::StatusOr<api::v1::Complaint> ViewAsOf(IntakeCore* core, const ComplaintRow& row,
                                            int64_t as_of_us, api::v1::ComplaintView view) {
  REDRESS_ASSIGN_OR_RETURN(const auto then,
                           FoldHistory(core->store(), row, [&](const HistoryStep& step) {
                             return step.row.running_max_us <= as_of_us;
                           }));
  if (!then) {
    return MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                     "the complaint did not exist at that time");
  }
  ViewSources sources = SourcesOf(core);
  sources.now = FromMicros(as_of_us);
  api::v1::Complaint out = ViewOfState(then->row, then->version, sources);
  SetHeadline(then->steps.front(), &out);
  *out.mutable_updated_at() = ToTimestamp(then->updated_at_us);
  if (view == api::v1::COMPLAINT_VIEW_BASIC) return out;
  for (const auto& value : then->row.state.record().fields()) *out.add_fields() = value.field();
  for (const HistoryStep& step : then->steps) AddTexts(step, core->directory(), &out);
  return out;
}

void GetComplaint(IntakeCore* core, const CallContext& call, const v1::GetComplaintRequest& request,
                  Done<api::v1::Complaint> done_once) {
  auto done = std::make_shared<Done<api::v1::Complaint>>(std::move(done_once));
  const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
  if (!role.ok()) return (*done)(role.status());
  if (!api::v1::ComplaintView_IsValid(request.view()))
    return (*done)(InvalidField("view", "BASIC or FULL"));
  const auto view = request.view() == api::v1::COMPLAINT_VIEW_BASIC ? api::v1::COMPLAINT_VIEW_BASIC
                                                                    : api::v1::COMPLAINT_VIEW_FULL;
  const int64_t as_of = request.has_as_of() ? FromTimestamp(request.as_of()) : 0;
  WithComplaint(
      core, call, request.complaint(), request.consistency_token(),
      [=, has_as_of = request.has_as_of()](const ComplaintRow& row) {
        (*done)(has_as_of ? ViewAsOf(core, row, as_of, view) : ViewOf(row, view, SourcesOf(core)));
      },
      [done](absl::Status status) { (*done)(std::move(status)); });
}

bool Shown(const v1::GetHistoryRequest& request, const HistoryStep& step,
           const api::v1::HistoryEntry& entry) {
  if (!step.effective()) return request.include_void();
  return !entry.refused() || request.include_refused();
}

absl::StatusOr<v1::GetHistoryResponse> HistoryOf(IntakeCore* core,
                                                 const v1::GetHistoryRequest& request,
                                                 const ComplaintRow& row) {
  const ContentHash question = QuestionOf(request);
  REDRESS_ASSIGN_OR_RETURN(const std::string place, ReadPageToken(question, request.page_token()));
  std::optional<Offset> after;
  int64_t number = 0;
  if (!place.empty() && absl::SimpleAtoi(place, &number)) after = Offset(number);
  const int size = PageSizeOf(request.page_size(), kStandardHistory, kMaxHistory);
  v1::GetHistoryResponse response;
  response.set_consistency_token(core->FlushedToken());
  REDRESS_RETURN_IF_ERROR(VisitHistory(core->store(), row.row, after, [&](HistoryStep step) {
    if (response.entries_size() == size) {
      response.set_next_page_token(MakePageToken(question, std::to_string(number)));
      return false;
    }
    number = step.offset.value();
    auto entry = ViewOfStep(step, request.include_personal(), core->directory());
    if (Shown(request, step, entry)) *response.add_entries() = std::move(entry);
    return true;
  }));
  return response;
}

void GetHistory(IntakeCore* core, const CallContext& call, const v1::GetHistoryRequest& request,
                Done<v1::GetHistoryResponse> done_once) {
  auto done = std::make_shared<Done<v1::GetHistoryResponse>>(std::move(done_once));
  const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
  if (!role.ok()) return (*done)(role.status());
  if (request.include_personal()) {
    const absl::Status allowed = RequireRole(call.caller(), "personal");
    if (!allowed.ok()) return (*done)(allowed);
  }
  WithComplaint(
      core, call, request.complaint(), request.consistency_token(),
      [=](const ComplaintRow& row) { (*done)(HistoryOf(core, request, row)); },
      [done](absl::Status status) { (*done)(std::move(status)); });
}

absl::StatusOr<v1::LookupSourceResponse> Outcome(IntakeCore* core, const ItemId& item) {
  v1::LookupSourceResponse response;
  response.set_consistency_token(core->FlushedToken());
  response.set_state(v1::LookupSourceResponse::STATE_NOT_YET);
  REDRESS_ASSIGN_OR_RETURN(const auto stored, core->store().Get(ItemKey(item)));
  if (!stored) return response;
  const auto outcome = ItemRow::Decode(*stored);
  if (!outcome)
    return absl::DataLossError("a source item's row is damaged: rebuild the projection");
  if (!outcome->complaint) {
    response.set_state(v1::LookupSourceResponse::STATE_SCREENED);
    response.set_screened_reason(event::v1::InboundScreened::Reason_Name(
        static_cast<event::v1::InboundScreened::Reason>(outcome->reason)));
    response.set_screened_detail(outcome->detail);
    return response;
  }
  response.set_state(v1::LookupSourceResponse::STATE_TAKEN);
  response.set_complaint_id(outcome->complaint.ToHex());
  REDRESS_ASSIGN_OR_RETURN(const auto row, LoadComplaint(core->store(), outcome->complaint));
  if (row) response.set_tracking_code(row->state.record().tracking_code());
  return response;
}

void LookupSource(IntakeCore* core, const CallContext& call, const v1::LookupSourceRequest& request,
                  Done<v1::LookupSourceResponse> done_once) {
  auto done = std::make_shared<Done<v1::LookupSourceResponse>>(std::move(done_once));
  const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
  if (!role.ok()) return (*done)(role.status());
  ItemId item;
  if (request.has_channel_item()) {
    const auto& asked = request.channel_item();
    if (asked.account().empty() || asked.source_message_key().empty()) {
      return (*done)(InvalidField("channel_item", "account and source_message_key are required"));
    }
    item = ItemOf(core->secret(), asked.account(), asked.source_message_key());
  } else if (request.has_source_id()) {
    const auto& asked = request.source_id();
    if (asked.source().empty() || asked.row_key().empty()) {
      return (*done)(InvalidField("source_id", "source and row_key are required"));
    }
    item = ItemOfSource(core->secret(), asked.source(), asked.row_key());
  } else {
    return (*done)(InvalidField("item", "required: channel_item or source_id"));
  }
  AskAfter(
      core, request.consistency_token(), call.deadline(), [=] { (*done)(Outcome(core, item)); },
      [done](absl::Status status) { (*done)(std::move(status)); });
}

}  // namespace

void AddQueries(IntakeCore* core, RpcService* service) {
  service->Unary<v1::GetComplaintRequest, api::v1::Complaint>(
      "GetComplaint", {},
      [core](const CallContext& call, const v1::GetComplaintRequest& request, auto done) {
        GetComplaint(core, call, request, std::move(done));
      });
  service->Unary<v1::GetHistoryRequest, v1::GetHistoryResponse>(
      "GetHistory", {},
      [core](const CallContext& call, const v1::GetHistoryRequest& request, auto done) {
        GetHistory(core, call, request, std::move(done));
      });
  service->Unary<v1::LookupSourceRequest, v1::LookupSourceResponse>(
      "LookupSource", {},
      [core](const CallContext& call, const v1::LookupSourceRequest& request, auto done) {
        LookupSource(core, call, request, std::move(done));
      });
}

}  // namespace redress::intake
