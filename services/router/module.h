// The router as a module: one active router for all complaints sees everybody's load.
#pragma once

#include <memory>

#include "libs/host/module.h"

namespace redress::router {

std::unique_ptr<Module> MakeModule(HostContext host);

}  // namespace redress::router
