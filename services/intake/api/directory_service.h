// `redress.intake.v1.DirectoryService`: teams, agents, presence, policy versions.
#pragma once

#include "libs/rpc/service.h"
#include "services/intake/api/intake_core.h"

namespace redress::intake {

// `core` outlives the server that the service is registered with.
RpcService MakeDirectoryService(IntakeCore* core);

// Its three parts.
void AddDirectoryCommands(IntakeCore* core, RpcService* service);
void AddDirectoryQueries(IntakeCore* core, RpcService* service);
void AddPolicyCalls(IntakeCore* core, RpcService* service);

}  // namespace redress::intake
