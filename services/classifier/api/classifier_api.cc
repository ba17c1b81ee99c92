#include "services/classifier/api/classifier_api.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "libs/runtime/projection.h"
#include "services/classifier/decide/assess.h"
#include "services/classifier/projection/classifier_projection.h"

namespace redress::classifier {
namespace {

constexpr size_t kLongestText = 64 << 10;
constexpr size_t kLongestSubject = 4 << 10;
constexpr int kMostLabels = 64;
constexpr size_t kLongestCode = 256;
constexpr std::string_view kReader = "agent";

std::string IdOf(const v1::ClassifyRequest& request) {
  // No complaint: the same request gives the same ids.
  return HashOf(request.SerializeAsString()).ToBytes();
}

absl::Status CheckRequest(const v1::ClassifyRequest& request) {
  FieldViolations violations;
  const auto check_size = [&](std::string_view field, size_t size, size_t limit) {
    if (size > limit)
      violations.Add(field, absl::StrCat("has ", size, " bytes; at most ", limit, " are read"));
  };
  check_size("text", request.text().size(), kLongestText);
  check_size("subject", request.subject().size(), kLongestSubject);
  if (request.declared_category_size() > 3)
    violations.Add("declared_category", "has more than three levels");
  if (request.labels_size() > kMostLabels) {
    violations.Add("labels", absl::StrCat("are more than ", kMostLabels));
  }
  for (int i = 0; i < request.labels_size(); ++i) {
    check_size(absl::StrCat("labels[", i, "]"), request.labels(i).size(), kLongestCode);
  }
  if (!request.policy().empty() && !ContentHash::FromHex(request.policy())) {
    violations.Add(
        "policy",
        "is no policy version; give its 32 hexadecimal digits, or nothing for the one in force");
  }
  return violations.ToStatus();
}

AssessInput InputOf(const v1::ClassifyRequest& request) {
  AssessInput input;
  input.assessment_id = IdOf(request);
  input.subject = request.subject();
  input.text = request.text();
  input.language = request.language();
  input.channel = request.channel();
  if (request.has_amount()) input.amount = request.amount();
  input.product_line = request.product_line();
  input.region = request.region();
  input.declared_category.assign(request.declared_category().begin(),
                                 request.declared_category().end());
  input.labels.assign(request.labels().begin(), request.labels().end());
  // The record's own dimensions are fields of the same names (F2.3).
  for (const auto& field : request.fields()) {
    if (field.field_id() == "product_line") input.product_line = field.text();
    if (field.field_id() == "region") input.region = field.text();
    if (field.field_id() == "amount" && field.has_money()) input.amount = field.money();
  }
  return input;
}

// Codes of a category path with their names, where the policy knows them.
template <typename Levels>
void NameCategory(
    const google::protobuf::RepeatedPtrField<event::v1::Assessment::CategoryLevel>& category,
    const CompiledPolicy* policy, Levels* levels) {
  std::string path;
  for (const auto& level : category) {
    absl::StrAppend(&path, path.empty() ? "" : "/", level.code());
    auto* named = levels->Add();
    named->set_code(level.code());
    named->set_permille(level.permille());
    const PolicyCategory* known = policy == nullptr ? nullptr : policy->FindCategory(path);
    if (known == nullptr) continue;
    named->set_name(known->name->en());
    named->set_name_zh(known->name->zh());
  }
}

absl::Status NotFound(std::string_view complaint) {
  return MakeError(absl::StatusCode::kNotFound, reason::kNotFound, "there is no such complaint",
                   {{"complaint", complaint}});
}

}  // namespace

ClassifierApi::ClassifierApi(const Directory* directory, TriageEngines* engines,
                             const ProjectionStore* store, const Clock* clock,
                             WhenReached when_reached)
    : directory_(directory),
      engines_(engines),
      store_(store),
      clock_(clock),
      when_reached_(std::move(when_reached)) {}

RpcService ClassifierApi::MakeService() {
  RpcService service("redress.classifier.v1.ClassifierService");
  // At once, or when the token is reached; context and request live until then.
  const auto answer = [this](const CallContext& call, const auto& request, auto done, auto decide) {
    if (request.consistency_token().empty()) return done(decide(request));
    auto waiting = std::make_shared<decltype(done)>(std::move(done));
    when_reached_(call, request.consistency_token(),
                  [&request, waiting, decide](absl::Status reached) {
                    if (!reached.ok()) return (*waiting)(reached);
                    (*waiting)(decide(request));
                  });
  };
  service.Unary<v1::ClassifyRequest, v1::ClassifyResponse>(
      "Classify", {.role = std::string(kReader)},
      [this, answer](const CallContext& call, const v1::ClassifyRequest& request,
                     Done<v1::ClassifyResponse> done) {
        answer(call, request, std::move(done),
               [this](const v1::ClassifyRequest& asked) { return Classify(asked); });
      });
  service.Unary<v1::ExplainAssessmentRequest, v1::ExplainAssessmentResponse>(
      "ExplainAssessment", {.role = std::string(kReader)},
      [this, answer](const CallContext& call, const v1::ExplainAssessmentRequest& request,
                     Done<v1::ExplainAssessmentResponse> done) {
        answer(call, request, std::move(done), [this](const v1::ExplainAssessmentRequest& asked) {
          return ExplainAssessment(asked);
        });
      });
  return service;
}

absl::StatusOr<std::shared_ptr<const CompiledPolicy>> ClassifierApi::PolicyFor(
    const v1::ClassifyRequest& request) const {
  const bool named = !request.policy().empty();
  const ContentHash manifest =
      named ? *ContentHash::FromHex(request.policy())
            : directory_->ActivePolicy(request.region(), ToMicros(clock_->Now()));
  auto policy = directory_->FindPolicy(manifest);
  if (policy != nullptr) return policy;
  if (named) {
    return MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                     "this policy version is not known here", {{"policy", request.policy()}});
  }
  return MakeError(absl::StatusCode::kUnavailable, reason::kNotCaughtUp,
                   "no policy is in force yet");
}

absl::StatusOr<v1::ClassifyResponse> ClassifierApi::Classify(
    const v1::ClassifyRequest& request) const {
  REDRESS_RETURN_IF_ERROR(CheckRequest(request));
  REDRESS_ASSIGN_OR_RETURN(const auto policy, PolicyFor(request));
  REDRESS_ASSIGN_OR_RETURN(const auto engine, engines_->For(policy));
  AssessmentResult result = Assess(InputOf(request), *engine);
  v1::ClassifyResponse response;
  NameCategory(result.assessment.category(), policy.get(), response.mutable_category());
  *response.mutable_assessment() = std::move(result.assessment);
  *response.mutable_entities() = std::move(*result.personal.mutable_entities());
  *response.mutable_evidence_words() = std::move(*result.personal.mutable_evidence_words());
  *response.mutable_triggers() = std::move(result.triggers);
  response.set_policy(policy->manifest_hash().ToHex());
  return response;
}

absl::StatusOr<v1::ExplainAssessmentResponse> ClassifierApi::ExplainAssessment(
    const v1::ExplainAssessmentRequest& request) const {
  const auto complaint = ComplaintId::FromHex(request.complaint());
  if (!complaint) {
    // Tracking codes are looked up by intake; they are hashes and tell no id.
    return InvalidField("complaint",
                        "is no complaint id; give its 32 hexadecimal digits "
                        "(ComplaintService.GetComplaint finds them "
                        "by tracking code)");
  }
  REDRESS_ASSIGN_OR_RETURN(const auto stored, store_->Get(RowKey(kStreamTable).Id(*complaint)));
  if (!stored) return NotFound(request.complaint());
  REDRESS_ASSIGN_OR_RETURN(const ComplaintRow row, ComplaintRow::Decode(*complaint, *stored));
  if (row.newer) {
    return MakeError(
        absl::StatusCode::kUnavailable, reason::kUpgrade,
        "the complaint holds events of a later release; ask an instance of that release");
  }
  const storage::v1::AssessmentState& state = row.state.assessment();
  if (!state.has_assessment()) {
    return MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                     "the complaint is not assessed yet", {{"complaint", request.complaint()}});
  }
  v1::ExplainAssessmentResponse response;
  *response.mutable_assessment() = state.assessment();
  REDRESS_ASSIGN_OR_RETURN(const auto explained, store_->Get(ExplainedKey(row.row)));
  if (explained) {
    const auto decoded = ExplainedRow::Decode(*explained);
    if (!decoded)
      return absl::DataLossError("the row of an explanation is damaged; rebuild the projection");
    *response.mutable_assessment()->mutable_explained() = decoded->explained;
    if (decoded->policy) response.set_policy(decoded->policy.ToHex());
    NameCategory(state.assessment().category(), directory_->FindPolicy(decoded->policy).get(),
                 response.mutable_category());
  }
  *response.mutable_pinned() = state.pinned();
  const int64_t at_us = state.assessed_at_us();
  response.mutable_assessed_at()->set_seconds(at_us / 1'000'000);
  response.mutable_assessed_at()->set_nanos(static_cast<int32_t>(at_us % 1'000'000 * 1000));
  return response;
}

}  // namespace redress::classifier
