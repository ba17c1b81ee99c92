// The same flow by somebody else's engine, on the same machine in the same hour: a folder with a
// run.sh that measures it and leaves results.csv.
#pragma once

#include <string>

#include "tests/perf/report.h"

namespace redress::perf {

// Runs `<folder>/run.sh <work> "1 eos 100"` and prints the rows that it leaves in
// <work>/results.csv. Where it cannot be run, or fails, the report says so by name. Takes minutes.
void RunPeer(const std::string& folder, const std::string& work, Report* report);

}  // namespace redress::perf
