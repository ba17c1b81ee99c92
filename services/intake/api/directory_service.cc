#include "services/intake/api/directory_service.h"

#include "redress/intake/v1/directory_service.pb.h"

namespace redress::intake {

RpcService MakeDirectoryService(IntakeCore* core) {
  RpcService service("redress.intake.v1.DirectoryService");
  AddDirectoryCommands(core, &service);
  AddDirectoryQueries(core, &service);
  AddPolicyCalls(core, &service);
  return service;
}

}  // namespace redress::intake
