// An exporter for the test of dashboard and alert rules: every metric of libs/metrics with
// plausible values that move, as a healthy instance or (`--sick`) as one with every trouble that an
// alert is for. Prints its port, serves until standard input ends.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "libs/metrics/domain_metrics.h"
#include "libs/metrics/exposer.h"
#include "libs/metrics/metrics.h"
#include "libs/metrics/service_metrics.h"

namespace redress {
namespace {

constexpr int kTickMs = 50;

void SetGauges(const ServiceMetrics& service, bool sick) {
  service.ready.Set(sick ? 0 : 1);
  service.lag_records.Set(sick ? 5000 : 3);
  service.lag_seconds.Set(sick ? 120 : 0.05);
  service.newer_than_me.Set(sick ? 2 : 0);
  service.rebuilding.Set(0);
  service.clock_skew_seconds.Set(sick ? 4 : 0);
  service.commands_in_flight.Set(2);
  service.rocksdb_memtable_bytes.Set(4e6);
  service.rocksdb_block_cache_bytes.Set(60e6);
  service.rocksdb_table_reader_bytes.Set(1e5);
  service.rocksdb_disk_bytes.Set(200e6);
  service.work_waiting.With({"assign"}).Set(sick ? 40 : 1);
  service.work_oldest_seconds.With({"assign"}).Set(sick ? 900 : 0.2);
  service.work_parked.With({"assign"}).Set(sick ? 3 : 0);
  for (const char* partition : {"0", "1"}) {
    service.position_offset.With({"redress.complaints.v1", partition}).Set(1000);
    service.log_end_offset.With({"redress.complaints.v1", partition}).Set(sick ? 3500 : 1003);
  }
}

void Tick(const ServiceMetrics& service, bool sick) {
  // A sick instance folds nothing though records wait.
  const double folded = sick ? 0 : 1;
  service.events_folded.With({"ComplaintReceived", "effective"}).Increment(100 * folded);
  service.events_folded.With({"ComplaintAssessed", "effective"}).Increment(100 * folded);
  service.events_folded.With({"ComplaintAssessed", "conflict"}).Increment(folded);
  service.flush_seconds.Observe(sick ? 5 : 0.004);
  service.flush_rows.Observe(300);
  service.append_seconds.Observe(0.002);
  service.appends.With({"appended"}).Increment(10);
  service.appends.With({"unknown"}).Increment(sick ? 5 : 0);
  service.conflicts.With({"conflict"}).Increment(sick ? 8 : 0.1);
  service.command_seconds.With({"SubmitComplaint"}).Observe(sick ? 5 : 0.003);
  service.commands.With({"SubmitComplaint", "OK"}).Increment(10);
  service.commands.With({"SubmitComplaint", "RESOURCE_EXHAUSTED"}).Increment(sick ? 10 : 0);
  service.refusals.With({"ResolveComplaint", "STAGE"}).Increment();
  service.dead_letters.With({"redress.inbound.v1", "undecodable"}).Increment(sick ? 1 : 0);
  if (sick) {
    service.illegal_transitions.Increment();
    service.trimmed_records.Increment();
    service.duplicates_with_row.Increment();
  }
}

struct Complaints {
  explicit Complaints(Metrics& metrics)
      : intake(metrics),
        classifier(metrics),
        router(metrics),
        sla_timer(metrics),
        analytics(metrics) {}

  void Tick(bool sick) const {
    intake.received.With({"email"}).Increment(10);
    intake.closed.With({"resolved"}).Increment(9);
    intake.open.Set(420);
    intake.screened.With({"malformed"}).Increment();
    classifier.assessed.With({"billing", "1"}).Increment(10);
    classifier.corrected.With({"billing"}).Increment();
    router.assignments.With({"billing_en"}).Increment(10);
    router.queue_length.With({"billing_en", "no_capacity"}).Set(sick ? 80 : 4);
    router.assignment_seconds.Observe(0.02);
    sla_timer.escalations.With({"1", "2", "clock"}).Increment();
    sla_timer.clock_warnings.With({"first_response", "1"}).Increment();
    sla_timer.clock_breaches.With({"first_response", "1"}).Increment(sick ? 50 : 0.0001);
    sla_timer.clocks_running.With({"level", "1"}).Set(300);
    analytics.first_response_seconds.Observe(7200);
    analytics.resolution_seconds.Observe(86400);
  }

  const IntakeMetrics intake;
  const ClassifierMetrics classifier;
  const RouterMetrics router;
  const SlaTimerMetrics sla_timer;
  const AnalyticsMetrics analytics;
};

int Serve(bool sick) {
  Metrics metrics;
  const BuildVersion build{.version = sick ? "1.1.0" : "1.2.0", .commit = "0123abcd"};
  std::vector<ServiceMetrics> services;
  for (const char* name : {"intake", "router"}) services.emplace_back(metrics, name, build);
  const Complaints complaints(metrics);
  const auto exposer = ServeMetrics(metrics, "127.0.0.1:0");
  if (!exposer.ok()) {
    std::fprintf(stderr, "%s\n", exposer.status().ToString().c_str());
    return 1;
  }
  std::printf("%d\n", (*exposer)->port());
  std::fflush(stdout);
  for (const ServiceMetrics& service : services) SetGauges(service, sick);
  for (;;) {
    for (const ServiceMetrics& service : services) Tick(service, sick);
    complaints.Tick(sick);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte = 0;
    if (poll(&input, 1, kTickMs) > 0 && read(STDIN_FILENO, &byte, 1) <= 0) return 0;
  }
}

}  // namespace
}  // namespace redress

int main(int argc, char** argv) {
  return redress::Serve(argc > 1 && std::string_view(argv[1]) == "--sick");
}
