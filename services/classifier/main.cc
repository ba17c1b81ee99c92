// redress-classifier: the classifier as a process of its own.
#include "libs/host/process.h"
#include "services/classifier/module.h"

int main(int argc, char** argv) {
  return redress::RunProcess(argc, argv,
                             "Redress classifier: assesses complaints by the rules of the policy",
                             {{"classifier", redress::classifier::MakeModule}});
}
