#include "services/intake/api/complaint_service.h"

#include "redress/intake/v1/complaint_service.pb.h"
#include "services/intake/api/command_call.h"

namespace redress::intake {

RpcService MakeComplaintService(IntakeCore* core) {
  RpcService service("redress.intake.v1.ComplaintService");
  AddSubmit(core, &service);
  AddConversationCommands(core, &service);
  AddHandlingCommands(core, &service);
  AddOwnershipCommands(core, &service);
  AddQueries(core, &service);
  AddList(core, &service);
  AddWatch(core, &service);
  return service;
}

}  // namespace redress::intake
