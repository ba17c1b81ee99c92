// The five services of the suite, as `RunProcess` takes them: the one list of them.
#pragma once

#include <string>
#include <vector>

#include "libs/host/process.h"

namespace redress {

// In the order in which they start.
const std::vector<ModuleFactory>& SuiteModules();

}  // namespace redress
