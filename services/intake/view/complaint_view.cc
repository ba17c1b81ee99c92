#include "services/intake/view/complaint_view.h"

#include "absl/strings/str_cat.h"
#include "libs/api/clock_view.h"
#include "libs/api/proto_time.h"
#include "libs/base/status.h"
#include "libs/runtime/token.h"
#include "services/intake/view/complaint_texts.h"
#include "services/intake/view/stored_complaint.h"

namespace redress::intake {
namespace {

using storage::v1::ComplaintState;
using S = storage::v1::StageState;

void SetTime(int64_t us, google::protobuf::Timestamp* out) { *out = ToTimestamp(us); }

void AddCategory(const ComplaintState& state, const Directory& directory, api::v1::Complaint* out) {
  const auto& assessment = state.assessment().assessment();
  if (assessment.category().empty()) return;
  const auto policy = directory.FindPolicy(ContentHash::FromBytesOrNone(state.policy().manifest()));
  std::string path;
  for (const auto& level : assessment.category()) {
    if (!path.empty()) path += '/';
    path += level.code();
    auto* view = out->add_category();
    view->set_code(level.code());
    view->set_permille(level.permille());
    const PolicyCategory* known = policy != nullptr ? policy->FindCategory(path) : nullptr;
    if (known == nullptr) continue;
    view->set_name(known->name->en());
    view->set_name_zh(known->name->zh());
  }
}

std::string BasisName(event::v1::Assessment::Basis basis) {
  switch (basis) {
    case event::v1::Assessment::RULES:
      return "rules";
    case event::v1::Assessment::DECLARED:
      return "declared";
    case event::v1::Assessment::LABEL_MAP:
      return "label_map";
    case event::v1::Assessment::UNCLASSIFIED:
      return "unclassified";
    default:
      return "";
  }
}

void AddAssessment(const ComplaintState& state, const Directory& directory,
                   api::v1::Complaint* out) {
  const auto& assessment = state.assessment().assessment();
  AddCategory(state, directory, out);
  out->set_severity(assessment.severity());
  out->set_urgency(assessment.urgency());
  out->set_impact(assessment.impact());
  out->set_legal_risk(assessment.legal_risk());
  out->set_safety(assessment.safety());
  out->set_emotion_percent(assessment.emotion_index_percent());
  out->set_category_basis(BasisName(assessment.basis()));
  out->set_language(!state.record().language().empty() ? state.record().language()
                                                       : assessment.language());
  if (assessment.has_priority()) {
    out->mutable_priority()->set_score(assessment.priority().score());
    out->mutable_priority()->set_ageing_per_hour(assessment.priority().ageing_per_hour());
    out->mutable_priority()->set_band(assessment.priority().band());
  }
  for (const std::string& field : state.assessment().pinned()) out->add_pinned(field);
  for (const auto& open : state.triggers().open()) {
    auto* trigger = out->add_open_triggers();
    trigger->set_id(EventId::FromBytesOrNone(open.trigger().trigger_id()).ToHex());
    trigger->set_kind(open.trigger().kind());
    trigger->set_value(open.trigger().value());
    trigger->set_threshold(open.trigger().threshold());
    SetTime(open.opened_at_us(), trigger->mutable_opened_at());
  }
}

void AddRecord(const ComplaintState& state, api::v1::Complaint* out) {
  const auto& record = state.record();
  out->set_tracking_code(record.tracking_code());
  out->set_channel(record.channel());
  out->set_account(record.account_id());
  out->set_region(record.region());
  out->set_product_line(record.product_line());
  out->set_legal_entity(record.legal_entity());
  if (record.has_amount()) *out->mutable_amount() = record.amount();
  out->set_requested_remedy(record.requested_remedy());
  for (const std::string& code : record.source_codes()) out->add_labels(code);
  if (record.occurred_at_us() != 0) SetTime(record.occurred_at_us(), out->mutable_occurred_at());
}

void AddCourse(const ComplaintState& state, api::v1::Complaint* out) {
  const auto& stage = state.stage();
  out->set_stage(StageOf(stage.stage()));
  out->set_how(static_cast<api::v1::How>(stage.how()));
  out->set_cycle(stage.cycle());
  out->set_outcome(stage.outcome());
  SetTime(stage.received_at_us(), out->mutable_received_at());
  if (stage.resolved_at_us() != 0) SetTime(stage.resolved_at_us(), out->mutable_resolved_at());
  if (stage.closed_at_us() != 0) SetTime(stage.closed_at_us(), out->mutable_closed_at());
  for (const auto& interval : state.waiting().intervals()) {
    if (interval.to_us() != 0) continue;
    out->mutable_waiting()->set_on(interval.on());
    SetTime(interval.from_us(), out->mutable_waiting()->mutable_since());
    if (interval.until_us() != 0)
      SetTime(interval.until_us(), out->mutable_waiting()->mutable_until());
    out->mutable_waiting()->set_reason(interval.reason());
    break;
  }
  const auto& conversation = state.conversation();
  auto* summary = out->mutable_conversation();
  summary->set_inbound(conversation.inbound_count());
  summary->set_outbound(conversation.outbound_count());
  if (conversation.last_inbound_at_us() != 0) {
    SetTime(conversation.last_inbound_at_us(), summary->mutable_last_inbound_at());
  }
  if (conversation.last_outbound_at_us() != 0) {
    SetTime(conversation.last_outbound_at_us(), summary->mutable_last_outbound_at());
  }
  for (const auto& told : conversation.told()) summary->add_told(told.purpose());
}

}  // namespace

api::v1::Stage StageOf(S::Stage stage) {
  switch (stage) {
    case S::RECEIVED:
      return api::v1::STAGE_RECEIVED;
    case S::ASSESSED:
      return api::v1::STAGE_ASSESSED;
    case S::INVESTIGATING:
      return api::v1::STAGE_INVESTIGATING;
    case S::RESOLVED:
      return api::v1::STAGE_RESOLVED;
    case S::CLOSED:
      return api::v1::STAGE_CLOSED;
    case S::MERGED:
      return api::v1::STAGE_MERGED;
    default:
      return api::v1::STAGE_UNSPECIFIED;
  }
}

std::string QueueReasonOf(const ComplaintState& state) {
  const auto stage = state.stage().stage();
  if (!state.ownership().owner_id().empty()) return "";
  if (stage == S::RECEIVED) return "not_assessed";
  if (stage != S::ASSESSED && stage != S::INVESTIGATING) return "";
  return state.ownership().queue_reason().empty() ? "not_routed" : state.ownership().queue_reason();
}

api::v1::Complaint ViewOfState(const ComplaintRow& row, Version version,
                               const ViewSources& sources) {
  api::v1::Complaint out;
  const ComplaintState& state = row.state;
  out.set_id(row.id.ToHex());
  out.set_level(state.level().level());
  out.set_owner(sources.directory.CodeOf(state.ownership().owner_id()));
  out.set_team(sources.directory.CodeOf(state.ownership().team_id()));
  out.set_queue_reason(QueueReasonOf(state));
  out.set_policy(ContentHash::FromBytesOrNone(state.policy().manifest()).ToHex());
  out.set_version(version.value());
  out.set_etag(FormatEtag({sources.log, row.id, version}));
  out.set_newer_than_me(row.newer);
  AddRecord(state, &out);
  AddCourse(state, &out);
  AddAssessment(state, sources.directory, &out);
  for (auto& clock : ClockViewsOf(state, sources.directory.calendars(), sources.now)) {
    *out.add_clocks() = std::move(clock);
  }
  return out;
}

absl::StatusOr<api::v1::Complaint> ViewOf(const ComplaintRow& row, api::v1::ComplaintView view,
                                          const ViewSources& sources) {
  api::v1::Complaint out = ViewOfState(row, row.head.version(), sources);
  if (view != api::v1::COMPLAINT_VIEW_FULL) {
    REDRESS_ASSIGN_OR_RETURN(const auto opening, LoadStep(sources.store, row.row, row.row.offset));
    if (opening) SetHeadline(*opening, &out);
    REDRESS_ASSIGN_OR_RETURN(const int64_t updated, UpdatedAt(sources.store, row.row));
    if (updated != 0) SetTime(updated, out.mutable_updated_at());
    return out;
  }
  for (const auto& value : row.state.record().fields()) *out.add_fields() = value.field();
  bool opening = true;
  REDRESS_RETURN_IF_ERROR(VisitHistory(sources.store, row.row, std::nullopt, [&](HistoryStep step) {
    // Rows beyond the loaded state came in while this was read: not shown.
    if (!step.effective() || step.row.version > row.head.version()) return true;
    if (opening) SetHeadline(step, &out);
    opening = false;
    AddTexts(step, sources.directory, &out);
    SetTime(step.event.header().recorded_at_us(), out.mutable_updated_at());
    return true;
  }));
  return out;
}

}  // namespace redress::intake
