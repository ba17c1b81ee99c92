#include "libs/host/process.h"
#include "services/router/module.h"

int main(int argc, char** argv) {
  return redress::RunProcess(argc, argv, "Redress router: gives complaints to people",
                             {{"router", redress::router::MakeModule}});
}
