#include <unistd.h>

#include <iostream>

#include "tools/redressctl/command_line.h"

int main(int argc, char** argv) {
  return redress::ctl::RunRedressctl(std::vector<std::string>(argv + 1, argv + argc),
                                     redress::TerminalStyle::OfDescriptor(STDOUT_FILENO), std::cout,
                                     std::cerr);
}
