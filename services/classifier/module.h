// The classifier as a module: assesses complaints in the partitions it owns, answers
// ClassifierService.
#pragma once

#include <memory>

#include "libs/host/module.h"

namespace redress::classifier {

std::unique_ptr<Module> MakeModule(HostContext host);

}  // namespace redress::classifier
