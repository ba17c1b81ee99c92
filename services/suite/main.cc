// The whole suite in one process: any subset of the modules, by default all. They talk to each
// other only through the log and gRPC, exactly as they would apart.
#include "services/suite/modules.h"

int main(int argc, char** argv) {
  return redress::RunProcess(argc, argv, "Redress: the complaint-handling suite in one process",
                             redress::SuiteModules());
}
