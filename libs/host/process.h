// A process of the suite: flags, log, metrics, modules, gRPC server, signals. `main` of every
// binary is one call.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/host/module.h"

namespace redress {

// How the modules of a binary are made, in the order in which they start.
struct ModuleFactory {
  std::string name;
  std::function<std::unique_ptr<Module>(HostContext)> make;
};

// Runs until SIGINT or SIGTERM. Returns the exit code: 0 stopped as asked, 1 could not start or had
// to stop (the reason is logged in one line), 2 wrong flags.
int RunProcess(int argc, char** argv, const std::string& description,
               std::vector<ModuleFactory> factories);

}  // namespace redress
