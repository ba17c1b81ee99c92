#include "services/intake/inbound/inbound_item.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/hash.h"
#include "libs/base/text.h"
#include "libs/domain/fold.h"

namespace redress::intake {

ItemFormat FormatOf(const RecordView& record) {
  if (!record.value) return ItemFormat::kUnreadable;
  const std::string_view type = record.Header("content-type").value_or("application/protobuf");
  if (absl::StartsWith(Absl(type), "application/json")) return ItemFormat::kJson;
  return type == "application/protobuf" ? ItemFormat::kProtobuf : ItemFormat::kUnreadable;
}

bool IsItem(const RecordView& record) {
  const auto type = record.Header("ce_type");
  return !type || *type == "redress.event.v1.InboundMessage";
}

absl::StatusOr<personal::v1::InboundItem> ParseInboundItem(std::string_view value,
                                                           ItemFormat format) {
  personal::v1::InboundItem item;
  if (format == ItemFormat::kUnreadable) {
    return absl::InvalidArgumentError("content-type: application/protobuf or application/json");
  }
  if (format == ItemFormat::kJson) {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    const auto parsed = google::protobuf::util::JsonStringToMessage(
        google::protobuf::StringPiece(value.data(), value.size()), &item, options);
    if (!parsed.ok()) return absl::InvalidArgumentError(parsed.ToString());
    return item;
  }
  if (!item.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return absl::InvalidArgumentError("not a protobuf InboundItem, or a text that is not UTF-8");
  }
  return item;
}

std::optional<Screening> ScreenReason(const personal::v1::InboundItem& item, int64_t now_us) {
  using event::v1::InboundScreened;
  const auto malformed = [](std::string detail) {
    return Screening{InboundScreened::MALFORMED, std::move(detail)};
  };
  const auto& message = item.message();
  const auto& personal = item.personal();
  struct Required {
    const char* field;
    const std::string& value;
    size_t limit;
  };
  for (const Required& required :
       {Required{"message.account_id", message.account_id(), kMaxAccountBytes},
        Required{"personal.source_message_key", personal.source_message_key(), kMaxKeyBytes},
        Required{"personal.thread_key", personal.thread_key(), kMaxKeyBytes}}) {
    if (required.value.empty()) return malformed(absl::StrCat(required.field, ": required"));
    if (required.value.size() > required.limit) {
      return malformed(absl::StrCat(required.field, ": ", required.value.size(), " bytes, limit ",
                                    required.limit));
    }
  }
  if (message.channel() == event::v1::CHANNEL_UNSPECIFIED ||
      !event::v1::Channel_IsValid(message.channel())) {
    return malformed("message.channel: required, one of redress.event.v1.Channel");
  }
  if (message.received_at_us() > now_us)
    return malformed("message.received_at_us: lies in the future");
  if (!message.tracking_code().empty() && CanonicalTrackingCode(message.tracking_code()).empty()) {
    return malformed(
        "message.tracking_code: not a tracking code (wrong length or check character)");
  }
  if (personal.body().empty() && personal.subject().empty()) {
    return malformed("personal.body: required, unless there is a subject");
  }
  if (personal.body().size() > kMaxBodyBytes) {
    return malformed(
        absl::StrCat("personal.body: ", personal.body().size(), " bytes, limit ", kMaxBodyBytes));
  }
  if (personal.subject().size() > kMaxSubjectBytes) {
    return malformed(absl::StrCat("personal.subject: ", personal.subject().size(), " bytes, limit ",
                                  kMaxSubjectBytes));
  }
  if (personal.in_reply_keys_size() > kMaxInReplyKeys) {
    return malformed(absl::StrCat("personal.in_reply_keys: ", personal.in_reply_keys_size(),
                                  ", limit ", kMaxInReplyKeys));
  }
  if (message.fields_size() > kMaxFields) {
    return malformed(
        absl::StrCat("message.fields: ", message.fields_size(), ", limit ", kMaxFields));
  }
  if (message.auto_submitted() || message.delivery_report())
    return Screening{InboundScreened::AUTO_SUBMITTED, ""};
  return std::nullopt;
}

}  // namespace redress::intake
