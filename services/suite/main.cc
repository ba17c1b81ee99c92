// The whole suite in one process: any subset of the modules, by default all. They talk to each other only through
// the log and gRPC, exactly as they would apart.
#include "libs/host/process.h"
#include "services/analytics/module.h"
#include "services/classifier/module.h"
#include "services/intake/module.h"
#include "services/router/module.h"
#include "services/sla_timer/module.h"

int main(int argc, char** argv) {
  using redress::HostContext;
  using redress::Module;
  return redress::RunProcess(
      argc, argv, "Redress: the complaint-handling suite in one process",
      {
          {"intake", [](HostContext host) -> std::unique_ptr<Module> { return redress::intake::MakeModule(std::move(host)); }},
          {"classifier", [](HostContext host) -> std::unique_ptr<Module> { return redress::classifier::MakeModule(std::move(host)); }},
          {"router", [](HostContext host) -> std::unique_ptr<Module> { return redress::router::MakeModule(std::move(host)); }},
          {"sla-timer", [](HostContext host) -> std::unique_ptr<Module> { return redress::sla_timer::MakeModule(std::move(host)); }},
          {"analytics", [](HostContext host) -> std::unique_ptr<Module> { return redress::analytics::MakeModule(std::move(host)); }},
      });
}
