// The five services, by name, in the order in which they start.
#pragma once

#include <vector>

#include "libs/host/process.h"

namespace redress::scenarios {

const std::vector<ModuleFactory>& Services();

}  // namespace redress::scenarios
