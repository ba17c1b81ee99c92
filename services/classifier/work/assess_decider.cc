#include "services/classifier/work/assess_decider.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/hash.h"
#include "libs/base/log.h"
#include "libs/base/time.h"
#include "libs/domain/lifecycle.h"
#include "services/classifier/decide/assess.h"

namespace redress::classifier {
namespace {

// Nothing changes soon where a policy or a row has to be mended first.
constexpr absl::Duration kLongWait = absl::Seconds(10);

WorkWaits WaitLong(std::string_view for_what, const absl::Status& why) {
  Log(LogLevel::kError, "classifier", "a complaint cannot be assessed yet",
      {{"waits_for", for_what}, {"error", why.ToString()}});
  return WorkWaits{std::string(for_what), kLongWait};
}

// The facts of the record: named in `explained.inputs`, so they are inputs and not reads
// (`events.md` §0, rule 1).
AssessInput InputOf(const storage::v1::RecordState& record) {
  AssessInput input;
  input.language = record.language();
  input.channel = record.channel();
  if (record.has_amount()) input.amount = record.amount();
  input.product_line = record.product_line();
  input.region = record.region();
  input.declared_category.assign(record.declared_category().begin(),
                                 record.declared_category().end());
  input.labels.assign(record.source_codes().begin(), record.source_codes().end());
  input.source = record.account_id();
  return input;
}

}  // namespace

std::string_view AssessDecider::KindName(WorkKind kind) const {
  REDRESS_CHECK(kind == kAssess);
  return "assess";
}

WorkAnswer AssessDecider::Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                                 absl::Time now) {
  const uint32_t type = PayloadOf<event::v1::ComplaintAssessed>().number;
  const storage::v1::StageState& stage = view.stage();
  if (!LifecycleOf(type, stage.stage(), stage.ever_assessed()).allowed) return WorkIsStale{};
  // What people set stays (`events.md` §0, rule 7).
  if (!view.assessment().pinned().empty()) return WorkIsStale{};

  const storage::v1::RecordState& record = view.Input(event::v1::RECORD).record();
  const auto policy =
      directory_->FindPolicy(directory_->ActivePolicy(record.region(), ToMicros(now)));
  if (policy == nullptr) return WorkWaits{"policy"};
  const auto engine = engines_->For(policy);
  if (!engine.ok()) return WaitLong("policy", engine.status());
  const auto text = FindText(*overlay_, row.row);
  if (!text.ok()) return WaitLong("text", text.status());
  if (!text->has_value()) return WorkWaits{"text", kLongWait};

  const personal::v1::ComplaintReceivedPersonal& personal = **text;
  AssessInput input = InputOf(record);
  input.assessment_id =
      HashedId<EventId>({"assessment", row.id.bytes(), item.cause.bytes()}).ToBytes();
  input.subject = personal.first_message().subject();
  // What the complainant wants belongs to what the complaint says.
  std::string words = personal.first_message().body();
  if (!personal.requested_remedy_text().empty())
    absl::StrAppend(&words, "\n\n", personal.requested_remedy_text());
  input.text = words;
  input.order_refs.assign(personal.order_refs().begin(), personal.order_refs().end());

  AssessmentResult result = Assess(input, **engine);
  event::v1::ComplaintAssessed assessed;
  *assessed.mutable_assessment() = std::move(result.assessment);
  *assessed.mutable_triggers() = std::move(result.triggers);
  WorkEvent event;
  event.draft = EventDraft::Of(std::move(assessed), result.personal.SerializeAsString());
  event.policy = policy->manifest_hash();
  return event;
}

}  // namespace redress::classifier
