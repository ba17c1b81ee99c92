#include "tests/perf/suite_modules.h"

#include <memory>
#include <utility>

#include "services/analytics/module.h"
#include "services/classifier/module.h"
#include "services/intake/module.h"
#include "services/router/module.h"
#include "services/sla_timer/module.h"

namespace redress::perf {

std::vector<ModuleFactory> SuiteModules() {
  const auto make_intake = [](HostContext host) -> std::unique_ptr<Module> {
    return std::make_unique<intake::IntakeModule>(std::move(host));
  };
  return {{"intake", make_intake},
          {"classifier", classifier::MakeModule},
          {"router", router::MakeModule},
          {"sla-timer", sla_timer::MakeModule},
          {"analytics", analytics::MakeModule}};
}

const std::vector<std::string>& ServiceNames() {
  static const auto& names = *new std::vector<std::string>([] {
    std::vector<std::string> all;
    for (const ModuleFactory& factory : SuiteModules()) all.push_back(factory.name);
    return all;
  }());
  return names;
}

}  // namespace redress::perf
