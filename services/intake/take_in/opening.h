// From an inbound item to the event it becomes: a new complaint or a message of a known one. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/domain/decision.h"
#include "libs/domain/state_view.h"
#include "redress/personal/v1/personal.pb.h"
#include "services/intake/projection/tables.h"

namespace redress::intake {

// What both need beside the item.
struct ItemOrigin {
  ItemId item;
  ThreadToken thread;
  RequestId request;
  int64_t now_us = 0;
};

// ComplaintReceived with its tracking code, first message and complainant.
EventDraft OpenComplaint(const personal::v1::InboundItem& item, const ComplaintId& complaint,
                         const ItemOrigin& origin);

// MessageAdded of the complainant's side; a conversation that the complaint does not have yet gets
// the next number.
EventDraft AddInboundMessage(const personal::v1::InboundItem& item, StateView& view,
                             const ItemOrigin& origin);

}  // namespace redress::intake
