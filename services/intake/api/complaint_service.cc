#include "services/intake/api/complaint_service.h"

#include "google/protobuf/generated_message_reflection.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "services/intake/api/command_call.h"

namespace redress::intake {

RpcService MakeComplaintService(IntakeCore* core) {
  // The file has no message of its own, so nothing else makes the linker take it out of its static
  // library.
  const google::protobuf::internal::AddDescriptorsRunner linked(
      &descriptor_table_redress_2fintake_2fv1_2fcomplaint_5fservice_2eproto);
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
