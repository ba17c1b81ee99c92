// redressctl as a function: arguments in, text and exit code out.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tools/terminal/table.h"

namespace redress::ctl {

// `arguments` without the program's name. 0 done, 1 the suite said no, 2 wrong flags or files, 3
// the suite could not be reached or was too busy; --help says the same. Reads REDRESS_SERVER and
// REDRESS_TOKEN.
int RunRedressctl(const std::vector<std::string>& arguments, const TerminalStyle& style,
                  std::ostream& out, std::ostream& err);

}  // namespace redress::ctl
