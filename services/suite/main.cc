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
  const auto make_intake = [](HostContext host) -> std::unique_ptr<Module> {
    return std::make_unique<redress::intake::IntakeModule>(std::move(host));
  };
  return redress::RunProcess(argc, argv, "Redress: the complaint-handling suite in one process",
                             {{"intake", make_intake},
                              {"classifier", redress::classifier::MakeModule},
                              {"router", redress::router::MakeModule},
                              {"sla-timer", redress::sla_timer::MakeModule},
                              {"analytics", redress::analytics::MakeModule}});
}
