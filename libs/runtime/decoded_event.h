// A record of the complaint or directory topic, decoded: envelope, header and payload on one arena.
// All projectors of a process share one of these per record (`SharedDecode`); each still judges and
// folds for itself. Immutable; thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "google/protobuf/arena.h"
#include "libs/domain/payloads.h"
#include "libs/domain/verdict.h"
#include "libs/event_log/event_log.h"
#include "redress/event/v1/record.pb.h"

namespace redress {

class DecodedEvent {
 public:
  // Never fails: what does not decode is `malformed`.
  static std::shared_ptr<const DecodedEvent> Decode(std::string_view value);
  // What the readers of this process share of the record, or its own where nobody shares it.
  static std::shared_ptr<const DecodedEvent> Of(const RecordView& record);

  // Makes what the readers of this process will share, before they ask for it.
  static void Ahead(const RecordView& record);

  bool malformed() const { return !header_; }
  // The rest only where it is not malformed.
  const event::v1::Event& event() const { return *event_; }
  const JudgedHeader& header() const { return *header_; }
  // Null when this release does not know the type.
  const PayloadInfo* info() const { return info_; }
  // This release knows the type in this or a later schema version.
  bool known() const {
    return info_ != nullptr && info_->schema_version >= event_->header().schema_version();
  }
  // Null when not known or not parsable.
  const google::protobuf::Message* payload() const { return payload_; }

  explicit DecodedEvent(std::string_view value);

 private:
  // The usual event fits in; what does not goes to the heap.
  static constexpr size_t kBlockBytes = 2048;

  alignas(8) char block_[kBlockBytes];
  google::protobuf::Arena arena_;
  event::v1::Event* event_ = nullptr;
  std::optional<JudgedHeader> header_;
  const PayloadInfo* info_ = nullptr;
  const google::protobuf::Message* payload_ = nullptr;
};

}  // namespace redress
