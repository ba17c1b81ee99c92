#include "libs/metrics/service_metrics.h"

#include <utility>
#include <vector>

namespace redress {

ServiceMetrics::ServiceMetrics(Metrics& metrics, std::string_view service_name,
                               const BuildVersion& build)
    : service(service_name) {
  const auto counter = [&](std::string_view name, std::string_view help) {
    return metrics.AddCounter(name, help, {"service"}).With({service});
  };
  const auto gauge = [&](std::string_view name, std::string_view help) {
    return metrics.AddGauge(name, help, {"service"}).With({service});
  };
  const auto histogram = [&](std::string_view name, std::string_view help,
                             std::vector<double> bounds) {
    return metrics.AddHistogram(name, help, std::move(bounds), {"service"}).With({service});
  };
  // Families with labels of their own, bound to this service.
  const auto counters = [&](std::string_view name, std::string_view help,
                            std::vector<std::string> labels) {
    labels.insert(labels.begin(), "service");
    return metrics.AddCounter(name, help, std::move(labels)).Bind(service);
  };
  const auto gauges = [&](std::string_view name, std::string_view help,
                          std::vector<std::string> labels) {
    labels.insert(labels.begin(), "service");
    return metrics.AddGauge(name, help, std::move(labels)).Bind(service);
  };

  metrics
      .AddGauge("redress_build_info", "1, labelled with what runs",
                {"service", "version", "commit"})
      .With({service, build.version, build.commit})
      .Set(1);
  ready = gauge("redress_ready", "1 while ready to serve");

  lag_records = gauge("redress_lag_records", "records of the log not folded yet");
  lag_seconds = gauge("redress_lag_seconds", "age of the oldest record not folded yet");
  position_offset = gauges("redress_position_offset", "offset after the last record folded",
                           {"topic", "partition"});
  log_end_offset = gauges("redress_log_end_offset", "offset after the last record known to exist",
                          {"topic", "partition"});
  events_folded =
      counters("redress_events_folded_total", "events judged and folded", {"type", "verdict"});
  illegal_transitions = counter("redress_illegal_transitions_total",
                                "effective events that break the lifecycle table");
  trimmed_records =
      counter("redress_trimmed_records_total", "records gone by time before they were read here");
  newer_than_me =
      gauge("redress_newer_than_me", "streams held back because a newer release wrote to them");
  rebuilding = gauge("redress_rebuilding", "1 while a projection is rebuilt");
  dead_letters = counters("redress_dead_letters_total", "records that could not be decoded",
                          {"topic", "reason"});
  flush_seconds = histogram("redress_flush_seconds", "one flush of changed rows", CallSeconds());
  flush_rows = histogram("redress_flush_rows", "rows written by one flush", BatchSizes());

  work_waiting = gauges("redress_work_waiting", "rows of work waiting", {"kind"});
  work_oldest_seconds =
      gauges("redress_work_oldest_seconds", "how long the oldest work has been due", {"kind"});
  work_parked =
      gauges("redress_work_parked", "rows of work given up, for a person to look at", {"kind"});
  duplicates_with_row =
      counter("redress_duplicates_with_row_total", "duplicate events whose row of work stayed");

  append_seconds = histogram("redress_append_seconds", "append to outcome", CallSeconds());
  appends = counters("redress_appends_total", "appends by outcome", {"outcome"});
  conflicts = counters("redress_conflicts_total", "own events that lost a race", {"verdict"});
  command_seconds = metrics
                        .AddHistogram("redress_command_seconds", "command to answer", CallSeconds(),
                                      {"service", "method"})
                        .Bind(service);
  commands = counters("redress_commands_total", "commands answered", {"method", "code"});
  commands_in_flight =
      gauge("redress_commands_in_flight", "commands accepted and not answered yet");
  refusals =
      counters("redress_refusals_total", "commands the domain refused", {"method", "reason"});

  clock_skew_seconds =
      gauge("redress_clock_skew_seconds", "how far recorded times lie ahead of the own clock");
  rocksdb_memtable_bytes = gauge("redress_rocksdb_memtable_bytes", "rows not yet in a table file");
  rocksdb_block_cache_bytes = gauge("redress_rocksdb_block_cache_bytes",
                                    "block cache, shared by the services of a process");
  rocksdb_table_reader_bytes =
      gauge("redress_rocksdb_table_reader_bytes", "indexes and filters outside the cache");
  rocksdb_disk_bytes = gauge("redress_rocksdb_disk_bytes", "files of the projection");
}

}  // namespace redress
