#include <unistd.h>

#include <iostream>

#include "google/protobuf/stubs/logging.h"
#include "tools/redressctl/command_line.h"

int main(int argc, char** argv) {
  // What is wrong with a message is told by the status, once.
  google::protobuf::SetLogHandler(nullptr);
  return redress::ctl::RunRedressctl(std::vector<std::string>(argv + 1, argv + argc),
                                     redress::TerminalStyle::OfDescriptor(STDOUT_FILENO), std::cout,
                                     std::cerr);
}
