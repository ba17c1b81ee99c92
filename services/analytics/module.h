// Analytics as a module.
#pragma once

#include <memory>

#include "libs/host/module.h"

namespace redress::analytics {

std::unique_ptr<Module> MakeModule(HostContext host);

}  // namespace redress::analytics
