// redress-intake: the command side as a process of its own.
#include <memory>

#include "libs/host/process.h"
#include "services/intake/module.h"

int main(int argc, char** argv) {
  return redress::RunProcess(
      argc, argv, "Redress intake: takes complaints in, decides commands, answers questions.",
      {{"intake", [](redress::HostContext host) -> std::unique_ptr<redress::Module> {
          return std::make_unique<redress::intake::IntakeModule>(std::move(host));
        }}});
}
