// One phase of the run: a load sent, waited out until every complaint is routed, and what it cost.
#pragma once

#include "absl/status/statusor.h"
#include "tests/perf/generator.h"
#include "tests/perf/observer.h"
#include "tests/perf/running_suite.h"
#include "tests/perf/snapshot.h"

namespace redress::perf {

struct Phase {
  Sent sent;
  // Before and after; everything quiet at both.
  Snapshot before;
  Snapshot after;

  uint64_t complaints() const { return after.observed.routed() - before.observed.routed(); }
  // From the first sending to the reading of the last assignment or queueing.
  double seconds() const {
    return static_cast<double>(after.observed.last_routed_us - sent.began_us) / 1e6;
  }
  double per_second() const { return static_cast<double>(complaints()) / seconds(); }
  // Records on the complaint log, void ones included.
  uint64_t events() const {
    return after.observed.records_total() - before.observed.records_total();
  }
  // Void events: judged anything but effective.
  uint64_t void_events() const;
};

// What the phases of one run share.
struct Bench {
  Generator* generator = nullptr;
  RunningSuite* suite = nullptr;
  Observer* observer = nullptr;
  // 0: none.
  pid_t broker = 0;
  // Number of the next complaint.
  uint64_t next = 0;
};

// Fills in target and first number of `load`. DEADLINE_EXCEEDED when a complaint is not routed
// within a minute of the last call; ABORTED when a call failed.
absl::StatusOr<Phase> RunPhase(Bench& bench, Load load);

}  // namespace redress::perf
