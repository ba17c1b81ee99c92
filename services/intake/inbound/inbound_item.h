// One item of the inbound topic: how it is read and what makes it no complaint
// (docs/formats/inbound.md). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/event_log/event_log.h"
#include "redress/event/v1/inbound.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::intake {

// The longest body of one message, bytes, until attachments exist.
inline constexpr size_t kMaxBodyBytes = 64 << 10;

// The longest of the other texts, bytes.
inline constexpr size_t kMaxAccountBytes = 256;
inline constexpr size_t kMaxKeyBytes = 1 << 10;
inline constexpr size_t kMaxSubjectBytes = 1 << 10;
inline constexpr int kMaxInReplyKeys = 64;

enum class ItemFormat { kProtobuf, kJson, kUnreadable };
// By the header `content-type`; protobuf when there is none; unreadable for any other and for a
// null value.
ItemFormat FormatOf(const RecordView& record);
// The record is an item, not somebody's answer: `ce_type` absent or that of an item.
bool IsItem(const RecordView& record);

// INVALID_ARGUMENT when the bytes are no item: they become a dead letter.
absl::StatusOr<personal::v1::InboundItem> ParseInboundItem(std::string_view value,
                                                           ItemFormat format);

struct Screening {
  event::v1::InboundScreened::Reason reason;
  // Field at fault and the limit.
  std::string detail;
};
// Why the item becomes no complaint; nothing when it does. `now_us`: when it is first seen.
std::optional<Screening> ScreenReason(const personal::v1::InboundItem& item, int64_t now_us);

}  // namespace redress::intake
