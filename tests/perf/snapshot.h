// Everything that is counted about the running suite, at one moment; the difference of two is what
// a phase of the run cost. Taken when nothing is under way: it costs milliseconds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "tests/perf/observer.h"
#include "tests/perf/running_suite.h"
#include "tests/perf/thread_cpu.h"

namespace redress::perf {

struct ServiceCounts {
  // Puts and deletions in RocksDB.
  uint64_t key_values = 0;
  uint64_t flushes = 0;
  DiskUse disk;
};

struct Snapshot {
  int64_t at_us = 0;
  Observed observed;
  ThreadCpu suite_cpu;
  ThreadCpu generator_cpu;
  // Of the broker's process, when there is one.
  ThreadCpu broker_cpu;
  int64_t machine_busy_us = 0;
  std::map<std::string, ServiceCounts> services;
  // Judged events on the complaint and directory topics by verdict, as intake counts them.
  std::map<std::string, uint64_t> verdicts;
  // Appended records, commits (one fsync each) and bytes; all 0 on Kafka.
  EmbeddedLogStats log;
};

// The processes under measurement. `broker` 0: none.
struct Processes {
  pid_t generator = 0;
  pid_t broker = 0;
};

// Waits until what was folded is flushed and counted (1.5 s), then looks.
absl::StatusOr<Snapshot> TakeSnapshot(const RunningSuite& suite, const Observer& observer,
                                      Processes processes);
// Only the processor times, anew: to be asked last before a load, when the rest of the snapshot has
// been taken.
void ReadCpu(Processes processes, Snapshot* snapshot);

// Most memory of this process since it began or since `ForgetPeakMemory`, MiB.
double PeakMemoryMib();
void ForgetPeakMemory();

}  // namespace redress::perf
