#include "tests/perf/snapshot.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>

#include "absl/time/clock.h"
#include "libs/base/status.h"
#include "services/suite/modules.h"
#include "tests/perf/key_values.h"

namespace redress::perf {
namespace {

// A flush comes within 500 ms, the export of the counters within a second.
constexpr absl::Duration kUntilCounted = absl::Milliseconds(1800);

// Calls `visit` with each line of the exposition that is a sample of `metric` of `service`.
template <typename Visit>
void EachSample(const std::string& exposition, std::string_view metric, const std::string& service,
                Visit visit) {
  std::istringstream lines(exposition);
  const std::string label = "service=\"" + service + "\"";
  for (std::string line; std::getline(lines, line);) {
    const size_t name_end = line.find_first_of("{ ");
    if (name_end == std::string::npos || line.compare(0, name_end, metric) != 0) continue;
    if (line.find(label) == std::string::npos) continue;
    visit(line, std::strtod(line.c_str() + line.rfind(' '), nullptr));
  }
}

std::string LabelOf(const std::string& line, const std::string& name) {
  const std::string begin = name + "=\"";
  const size_t at = line.find(begin);
  if (at == std::string::npos) return "";
  return line.substr(at + begin.size(), line.find('"', at + begin.size()) - at - begin.size());
}

}  // namespace

void ReadCpu(Processes processes, Snapshot* snapshot) {
  snapshot->at_us = absl::ToUnixMicros(absl::Now());
  snapshot->suite_cpu = ReadThreadCpu(getpid());
  snapshot->generator_cpu = ReadThreadCpu(processes.generator);
  if (processes.broker != 0) snapshot->broker_cpu = ReadThreadCpu(processes.broker);
  snapshot->machine_busy_us = MachineBusyUs();
}

absl::StatusOr<Snapshot> TakeSnapshot(const RunningSuite& suite, const Observer& observer,
                                      Processes processes) {
  absl::SleepFor(kUntilCounted);
  Snapshot now;
  ReadCpu(processes, &now);
  now.observed = observer.Look();
  const auto disk = suite.disk().ByService();
  const std::string exposition = suite.host().metrics->Text();
  for (const auto& [service, make] : SuiteModules()) {
    ServiceCounts& counts = now.services[service];
    REDRESS_ASSIGN_OR_RETURN(counts.key_values, KeyValuesWritten(suite.data_dir(), service,
                                                                 suite.data_dir() + "/looking"));
    if (const auto used = disk.find(service); used != disk.end()) counts.disk = used->second;
    EachSample(
        exposition, "redress_flush_seconds_count", service,
        [&](const std::string&, double value) { counts.flushes += static_cast<uint64_t>(value); });
  }
  EachSample(exposition, "redress_events_folded_total", "intake",
             [&](const std::string& line, double value) {
               now.verdicts[LabelOf(line, "verdict")] += static_cast<uint64_t>(value);
             });
  if (const auto* embedded = dynamic_cast<const EmbeddedLog*>(suite.host().log))
    now.log = embedded->stats();
  return now;
}

double PeakMemoryMib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, 6, "VmHWM:") == 0) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  return 0;
}

void ForgetPeakMemory() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace redress::perf
