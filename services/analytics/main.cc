#include "libs/host/process.h"
#include "services/analytics/module.h"

int main(int argc, char** argv) {
  return redress::RunProcess(argc, argv, "Redress analytics: figures over all complaints",
                             {{"analytics", redress::analytics::MakeModule}});
}
