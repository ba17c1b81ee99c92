// The modules of services/suite, as `RunProcess` takes them.
#pragma once

#include <string>
#include <vector>

#include "libs/host/process.h"

namespace redress::perf {

// In the order in which they start.
std::vector<ModuleFactory> SuiteModules();

// The names of the services, as threads, folders and metrics have them.
const std::vector<std::string>& ServiceNames();

}  // namespace redress::perf
