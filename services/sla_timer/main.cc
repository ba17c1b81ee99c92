#include "libs/host/process.h"
#include "services/sla_timer/module.h"

int main(int argc, char** argv) {
  return redress::RunProcess(argc, argv, "Redress sla-timer: clocks, deadlines and escalation",
                             {{"sla-timer", redress::sla_timer::MakeModule}});
}
