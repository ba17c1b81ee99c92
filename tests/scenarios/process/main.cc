// redress-scenario-process: any of the five services in a process of its own, over a log that is
// harder on them: REDRESS_SCENARIO_LOG=twice appends every record twice, =earlier begins to read
// before the stored place. Flags are those of `redress`. Test only.
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/host/process.h"
#include "services/suite/modules.h"
#include "tests/scenarios/variant_log.h"

int main(int argc, char** argv) {
  using redress::HostContext;
  using redress::scenarios::LogVariant;
  using redress::scenarios::VariantLog;
  const char* named = std::getenv("REDRESS_SCENARIO_LOG");
  const std::string name = named == nullptr ? "" : named;
  LogVariant variant;
  variant.twice = name == "twice";
  variant.earlier = name == "earlier" ? 5 : 0;
  std::unique_ptr<VariantLog> log;
  std::vector<redress::ModuleFactory> factories = redress::SuiteModules();
  for (redress::ModuleFactory& factory : factories) {
    factory.make = [&log, variant, make = factory.make](HostContext host) {
      if (log == nullptr) log = std::make_unique<VariantLog>(host.log, variant);
      host.log = log.get();
      return make(std::move(host));
    };
  }
  return redress::RunProcess(argc, argv, "Redress: services for the scenario tests", factories);
}
