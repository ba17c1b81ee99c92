#include "tests/perf/figures.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "services/suite/modules.h"

namespace redress::perf {
namespace {

double Ms(int64_t us) { return static_cast<double>(us) / 1000; }

double Per(uint64_t amount, double count) {
  return count > 0 ? static_cast<double>(amount) / count : 0;
}

std::string AsName(const std::string& text) {
  return absl::StrReplaceAll(text, {{" ", "_"}, {"-", "_"}});
}

void ReportRate(const Phase& phase, Report* report) {
  const auto complaints = static_cast<double>(phase.complaints());
  const auto& call = phase.sent.call;
  const auto& assigned = phase.after.observed.to_assigned;
  report->Figure("complaints", complaints, 0);
  report->Figure("seconds", phase.seconds(), 2);
  report->Figure("complaints_per_s", phase.per_second(), 0);
  report->Figure("call_p50_ms", Ms(call.Percentile(0.5)));
  report->Figure("call_p99_ms", Ms(call.Percentile(0.99)));
  report->Figure("received_to_assigned_p50_ms", Ms(assigned.Percentile(0.5)));
  report->Figure("received_to_assigned_p99_ms", Ms(assigned.Percentile(0.99)));
  const auto& taken_in = phase.after.observed.taken_in_to_assigned;
  report->Figure("taken_in_to_assigned_p50_ms", Ms(taken_in.Percentile(0.5)));
  report->Figure("taken_in_to_assigned_p99_ms", Ms(taken_in.Percentile(0.99)));
  report->Figure("most_outstanding_complaints", static_cast<double>(phase.sent.most_outstanding),
                 0);
  report->Figure("queued_share",
                 Per(phase.after.observed.queued - phase.before.observed.queued, complaints), 4);
}

void ReportEvents(const Phase& phase, Report* report) {
  const auto complaints = static_cast<double>(phase.complaints());
  const double events = Per(phase.events(), complaints);
  report->Figure("events_per_complaint", events, 3);
  report->Figure("void_events_per_complaint", Per(phase.void_events(), complaints), 4);
  for (const auto& [type, after] : phase.after.observed.records) {
    const auto before = phase.before.observed.records.find(type);
    const uint64_t count =
        after - (before == phase.before.observed.records.end() ? 0 : before->second);
    report->Figure("events_" + type, Per(count, complaints), 3);
  }
  if (events > kMostEventsPerComplaint) {
    report->Fail(absl::StrFormat("%.3f events per complaint, at most %.1f", events,
                                 kMostEventsPerComplaint));
  }
}

void ReportCpu(const Phase& phase, Report* report) {
  const auto complaints = static_cast<double>(phase.complaints());
  const ThreadCpu suite = Used(phase.before.suite_cpu, phase.after.suite_cpu);
  const ThreadCpu generator = Used(phase.before.generator_cpu, phase.after.generator_cpu);
  const ThreadCpu broker = Used(phase.before.broker_cpu, phase.after.broker_cpu);
  std::map<std::string, int64_t> groups;
  for (const auto& [thread, us] : suite) groups[GroupOf(thread)] += us;
  const int64_t measuring = groups["measuring"];
  groups.erase("measuring");
  for (const auto& [group, us] : groups) {
    report->Figure("cpu_us_" + AsName(group), Per(static_cast<uint64_t>(us), complaints));
  }
  report->Figure("cpu_us_suite", Per(static_cast<uint64_t>(Total(suite) - measuring), complaints));
  if (!broker.empty())
    report->Figure("cpu_us_broker", Per(static_cast<uint64_t>(Total(broker)), complaints));
  report->Figure("cpu_us_generator", Per(static_cast<uint64_t>(Total(generator)), complaints));
  report->Figure("cpu_us_measuring", Per(static_cast<uint64_t>(measuring), complaints));
  const int64_t machine = phase.after.machine_busy_us - phase.before.machine_busy_us;
  const int64_t ours = Total(suite) + Total(generator) + Total(broker);
  report->Figure("cores_used_by_others",
                 std::max(0.0, static_cast<double>(machine - ours) /
                                   static_cast<double>(phase.after.at_us - phase.before.at_us)),
                 2);
}

ServiceCounts Written(const Phase& phase, const std::string& service) {
  const ServiceCounts& after = phase.after.services.at(service);
  const ServiceCounts& before = phase.before.services.at(service);
  ServiceCounts written;
  written.key_values = after.key_values - before.key_values;
  written.flushes = after.flushes - before.flushes;
  written.disk.log_bytes = after.disk.log_bytes - before.disk.log_bytes;
  written.disk.table_bytes = after.disk.table_bytes - before.disk.table_bytes;
  written.disk.syncs = after.disk.syncs - before.disk.syncs;
  return written;
}

void ReportWrites(const Phase& phase, Report* report) {
  const auto events = static_cast<double>(phase.events());
  uint64_t syncs = 0;
  for (const auto& [service, make] : SuiteModules()) {
    const ServiceCounts written = Written(phase, service);
    const double key_values = Per(written.key_values, events);
    const std::string name = AsName(service);
    report->Figure("key_values_per_event_" + name, key_values, 2);
    report->Figure("bytes_per_event_" + name, Per(written.disk.log_bytes, events), 0);
    report->Figure("table_bytes_per_event_" + name, Per(written.disk.table_bytes, events), 0);
    report->Figure("flushes_per_s_" + name, static_cast<double>(written.flushes) / phase.seconds());
    syncs += written.disk.syncs;
    const double most = service == "intake" ? kMostKeyValuesPerEventIntake : kMostKeyValuesPerEvent;
    if (key_values > most) {
      report->Fail(absl::StrFormat("%s writes %.2f key-values per event, at most %.0f", service,
                                   key_values, most));
    }
  }
  report->Figure("projection_fsyncs_per_s", static_cast<double>(syncs) / phase.seconds());
  const EmbeddedLogStats& after = phase.after.log;
  const EmbeddedLogStats& before = phase.before.log;
  if (after.commits == 0) return;
  report->Figure("log_fsyncs_per_s",
                 static_cast<double>(after.commits - before.commits) / phase.seconds());
  report->Figure("log_records_per_fsync", Per(after.appended - before.appended,
                                              static_cast<double>(after.commits - before.commits)));
  report->Figure("log_bytes_per_complaint",
                 Per(after.bytes - before.bytes, static_cast<double>(phase.complaints())), 0);
}

}  // namespace

void ReportPhase(const Phase& phase, Report* report) {
  ReportRate(phase, report);
  ReportEvents(phase, report);
  ReportCpu(phase, report);
  ReportWrites(phase, report);
  report->Figure("peak_memory_mib", PeakMemoryMib(), 0);
}

WriteShapes ShapesOf(const Phase& phase) {
  const auto complaints = static_cast<double>(phase.complaints());
  WriteShapes shapes;
  for (const auto& [service, make] : SuiteModules()) {
    const ServiceCounts written = Written(phase, service);
    const auto flushes = static_cast<double>(std::max<uint64_t>(1, written.flushes));
    shapes.services[service] = {Per(written.key_values, complaints),
                                Per(written.disk.log_bytes, complaints),
                                Per(written.key_values, flushes)};
  }
  const EmbeddedLogStats& after = phase.after.log;
  const EmbeddedLogStats& before = phase.before.log;
  shapes.log = {
      Per(after.appended - before.appended, complaints),
      Per(after.bytes - before.bytes, complaints),
      Per(after.appended - before.appended, static_cast<double>(after.commits - before.commits))};
  return shapes;
}

}  // namespace redress::perf
