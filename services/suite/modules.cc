#include "services/suite/modules.h"

#include <memory>
#include <utility>

#include "services/analytics/module.h"
#include "services/classifier/module.h"
#include "services/intake/module.h"
#include "services/router/module.h"
#include "services/sla_timer/module.h"

namespace redress {

const std::vector<ModuleFactory>& SuiteModules() {
  static const auto& modules = *new std::vector<ModuleFactory>{
      {"intake",
       [](HostContext host) -> std::unique_ptr<Module> {
         return std::make_unique<intake::IntakeModule>(std::move(host));
       }},
      {"classifier", classifier::MakeModule},
      {"router", router::MakeModule},
      {"sla-timer", sla_timer::MakeModule},
      {"analytics", analytics::MakeModule},
  };
  return modules;
}

}  // namespace redress
