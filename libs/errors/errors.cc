#include "libs/errors/errors.h"

#include <map>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/rpc/error_details.pb.h"
#include "libs/base/check.h"

namespace redress {
namespace {

template <typename Detail>
std::string TypeUrl() {
  return "type.googleapis.com/" + Detail::descriptor()->full_name();
}

template <typename Detail>
void SetDetail(absl::Status* status, const Detail& detail) {
  status->SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
std::optional<Detail> GetDetail(const absl::Status& status) {
  const auto payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view reason, std::string_view message,
                       ErrorMetadata metadata) {
  REDRESS_CHECK(code != absl::StatusCode::kOk);
  absl::Status status(code, absl::string_view(message.data(), message.size()));
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : metadata)
    (*info.mutable_metadata())[std::string(key)] = std::string(value);
  SetDetail(&status, info);
  return status;
}

absl::Status WithRetryDelay(absl::Status status, absl::Duration delay) {
  REDRESS_CHECK(!status.ok() && delay > absl::ZeroDuration());
  google::rpc::RetryInfo retry;
  absl::Duration rest;
  retry.mutable_retry_delay()->set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &rest));
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  SetDetail(&status, retry);
  return status;
}

absl::Status FieldViolations::ToStatus() const {
  if (violations_.empty()) return absl::OkStatus();
  google::rpc::BadRequest bad;
  std::string message;
  for (const FieldViolation& violation : violations_) {
    auto* out = bad.add_field_violations();
    out->set_field(violation.field);
    out->set_description(violation.description);
    absl::StrAppend(&message, message.empty() ? "" : "; ", violation.field, ": ",
                    violation.description);
  }
  absl::Status status =
      MakeError(absl::StatusCode::kInvalidArgument, reason::kInvalidField, message);
  SetDetail(&status, bad);
  return status;
}

absl::Status InvalidField(std::string_view field, std::string_view description) {
  FieldViolations violations;
  violations.Add(field, description);
  return violations.ToStatus();
}

std::string ReasonOf(const absl::Status& status) {
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : "";
}

std::optional<std::string> ErrorMetadataOf(const absl::Status& status, std::string_view key) {
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  if (!info) return std::nullopt;
  const auto found = info->metadata().find(std::string(key));
  if (found == info->metadata().end()) return std::nullopt;
  return found->second;
}

std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  if (const auto bad = GetDetail<google::rpc::BadRequest>(status)) {
    for (const auto& v : bad->field_violations())
      violations.push_back({v.field(), v.description()});
  }
  return violations;
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const auto retry = GetDetail<google::rpc::RetryInfo>(status);
  if (!retry) return std::nullopt;
  return absl::Seconds(retry->retry_delay().seconds()) +
         absl::Nanoseconds(retry->retry_delay().nanos());
}

std::string DescribeError(const absl::Status& status) {
  if (status.ok()) return "OK";
  const auto info = GetDetail<google::rpc::ErrorInfo>(status);
  std::string text = absl::StatusCodeToString(status.code());
  if (info && !info->reason().empty()) absl::StrAppend(&text, " ", info->reason());
  const std::vector<FieldViolation> violations = FieldViolationsOf(status);
  if (violations.empty()) {
    absl::StrAppend(&text, ": ", status.message());
  } else {
    // The message of such an error only repeats the violations.
    absl::StrAppend(&text, ": the request is not valid");
    for (const FieldViolation& v : violations)
      absl::StrAppend(&text, "\n  ", v.field, ": ", v.description);
  }
  if (info) {
    const std::map<std::string, std::string> sorted(info->metadata().begin(),
                                                    info->metadata().end());
    for (const auto& [key, value] : sorted) absl::StrAppend(&text, "\n  ", key, " = ", value);
  }
  if (const auto delay = RetryDelayOf(status)) {
    absl::StrAppend(&text, "\n  call again in ", absl::FormatDuration(*delay));
  }
  return text;
}

}  // namespace redress
