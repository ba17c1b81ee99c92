// What the generator's process does with one order: sends at a rate or as fast as complaints are
// taken, many calls at once, and waits for all answers.
#pragma once

#include <atomic>
#include <cstdint>

#include "tests/perf/demo_texts.h"
#include "tests/perf/generator.h"

namespace redress::perf {

// Blocks. Calls that fail are counted, never repeated. `routed`: complaints assigned or queued so
// far, kept up to date by the observer.
Sent RunLoad(const Load& load, const DemoTexts& texts, const std::atomic<uint64_t>& routed);

}  // namespace redress::perf
