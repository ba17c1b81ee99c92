#include "tests/perf/phase.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/status.h"

namespace redress::perf {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

uint64_t VoidIn(const Snapshot& snapshot) {
  uint64_t count = 0;
  for (const auto& [verdict, events] : snapshot.verdicts)
    count += verdict == "effective" ? 0 : events;
  return count;
}

}  // namespace

uint64_t Phase::void_events() const { return VoidIn(after) - VoidIn(before); }

absl::StatusOr<Phase> RunPhase(Bench& bench, Load load) {
  Phase phase;
  std::snprintf(load.target, sizeof(load.target), "%s", bench.suite->grpc().c_str());
  load.first = bench.next;
  const Processes processes{bench.generator->pid(), bench.broker};
  REDRESS_ASSIGN_OR_RETURN(phase.before, TakeSnapshot(*bench.suite, *bench.observer, processes));
  ReadCpu(processes, &phase.before);
  bench.observer->ForgetLatencies();
  REDRESS_ASSIGN_OR_RETURN(phase.sent, bench.generator->Send(load));
  bench.next += phase.sent.complaints;
  if (phase.sent.failed > 0) {
    return absl::AbortedError(absl::StrCat(phase.sent.failed, " of ", phase.sent.calls,
                                           " calls failed: ", phase.sent.first_failure));
  }
  const uint64_t wanted = phase.before.observed.routed() + phase.sent.complaints;
  const absl::Time end = absl::Now() + kPatience;
  for (Observed now = bench.observer->Look(); now.routed() < wanted; now = bench.observer->Look()) {
    if (absl::Now() > end) {
      return absl::DeadlineExceededError(absl::StrCat(wanted - now.routed(), " of ",
                                                      phase.sent.complaints,
                                                      " complaints are not routed after a minute"));
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  REDRESS_ASSIGN_OR_RETURN(phase.after, TakeSnapshot(*bench.suite, *bench.observer, processes));
  return phase;
}

}  // namespace redress::perf
