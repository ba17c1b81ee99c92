// One mode of the run, on a suite of its own: warm up, measure at the most that it takes, at a
// quarter and at half of that, and set it beside what the engines underneath could do.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "tests/perf/demo_texts.h"
#include "tests/perf/generator.h"
#include "tests/perf/report.h"
#include "tests/perf/run_options.h"

namespace redress::perf {

// `mode`: "a" or "b". UNAVAILABLE: no broker can be had.
absl::Status RunMode(const std::string& mode, const RunOptions& options, Generator& generator,
                     Report* report);

}  // namespace redress::perf
