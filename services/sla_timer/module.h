// sla-timer as a module: clocks, deadlines, escalation.
#pragma once

#include <memory>

#include "libs/host/module.h"

namespace redress::sla_timer {

std::unique_ptr<Module> MakeModule(HostContext host);

}  // namespace redress::sla_timer
