// `redress.intake.v1.ComplaintService`: commands on complaints and every question about them.
#pragma once

#include "libs/rpc/service.h"
#include "services/intake/api/intake_core.h"

namespace redress::intake {

// `core` outlives the server that the service is registered with.
RpcService MakeComplaintService(IntakeCore* core);

// Its two halves beside the commands.
void AddQueries(IntakeCore* core, RpcService* service);
void AddList(IntakeCore* core, RpcService* service);
void AddWatch(IntakeCore* core, RpcService* service);

}  // namespace redress::intake
