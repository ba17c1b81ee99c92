// One tail: reads a topic from a place on and writes decoded records to a stream until the reader
// has gone. A step machine on an executor; it keeps itself alive.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "libs/event_log/event_log.h"
#include "libs/rpc/call.h"
#include "libs/rpc/stream.h"
#include "libs/runtime/executor.h"
#include "redress/intake/v1/log_service.pb.h"

namespace redress {

// INVALID_ARGUMENT names the field; PERMISSION_DENIED: personal parts need the role `personal`.
absl::Status CheckTail(const CallContext& call, const intake::v1::TailRequest& request);

// Precondition: CheckTail is OK.
void StartTail(EventLog* log, std::shared_ptr<Executor> executor, intake::v1::TailRequest request,
               StreamWriter<intake::v1::TailResponse> writer);

// The record as people read it. `personal`: also the sealed parts that are not sealed.
intake::v1::TailResponse DecodeRecord(const RecordView& record, bool personal);

}  // namespace redress
