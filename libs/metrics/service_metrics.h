// The metrics every service has, whatever it does: one struct, one place for their names, which the
// dashboard, the alert rules and their test use literally (deploy/). Filled by the runtime: the
// projector, the actor, the command path and the module set the handles, services add their own in
// domain_metrics.h.
//
// Every metric carries the label `service` ("intake"); which instance it comes from Prometheus
// knows
// (`instance`). Threads and ownership: as handles of metrics.h.
#pragma once

#include <string>
#include <string_view>

#include "libs/metrics/metrics.h"

namespace redress {

struct BuildVersion {
  // "0.3.1"
  std::string version;
  // Abbreviated commit, or "unknown".
  std::string commit;
};

struct ServiceMetrics {
  // Handles that count nothing.
  ServiceMetrics() = default;
  // Several services of one process share the families. Families that have a `service` label only
  // are bound to it and show 0 from the start, so that rates and alerts have something to look at.
  ServiceMetrics(Metrics& metrics, std::string_view service, const BuildVersion& build);

  // redress_ready: 1 while the service is ready to serve, else 0.
  Gauge ready;

  // --- reading the log ---
  // redress_lag_records: records of all partitions that the projection has not folded.
  Gauge lag_records;
  // redress_lag_seconds: age of the oldest record not folded; 0 when caught up.
  Gauge lag_seconds;
  // redress_position_offset{topic,partition}: offset after the last record folded.
  GaugeFamily position_offset;
  // redress_log_end_offset{topic,partition}: offset after the last record known to exist.
  GaugeFamily log_end_offset;
  // redress_events_folded_total{type,verdict}: events judged; `type` by name, `verdict` as in the
  // style guide.
  CounterFamily events_folded;
  // redress_illegal_transitions_total: effective events that break the lifecycle table. A bug when
  // not 0.
  Counter illegal_transitions;
  // redress_trimmed_records_total: records gone by time before they were read here.
  Counter trimmed_records;
  // redress_newer_than_me: streams held back because a newer release wrote to them.
  Gauge newer_than_me;
  // redress_rebuilding: 1 while a projection is being built from the start of the log, else 0.
  Gauge rebuilding;
  // redress_dead_letters_total{topic,reason}: records that could not be decoded.
  CounterFamily dead_letters;
  // redress_flush_seconds: one flush of the overlay. redress_flush_rows: rows it wrote.
  Histogram flush_seconds;
  Histogram flush_rows;

  // --- doing work ---
  // redress_work_waiting{kind}: rows that say what is still to be done (owned units only).
  GaugeFamily work_waiting;
  // redress_work_oldest_seconds{kind}: how long the oldest of them has been due; 0 when there is
  // none.
  GaugeFamily work_oldest_seconds;
  // redress_work_parked{kind}: rows given up after repeated failure, for a person to look at.
  GaugeFamily work_parked;
  // redress_duplicates_with_row_total: a duplicate event whose row of work stayed. A bug when not
  // 0.
  Counter duplicates_with_row;

  // --- appending and answering ---
  // redress_append_seconds: from append to its outcome.
  Histogram append_seconds;
  // redress_appends_total{outcome}: "appended", "not_appended" or "unknown".
  CounterFamily appends;
  // redress_conflicts_total{verdict}: own events that lost: "conflict" or "too_old".
  CounterFamily conflicts;
  // redress_command_seconds{method}: from arrival to answer, read-back included.
  HistogramFamily command_seconds;
  // redress_commands_total{method,code}: answers by gRPC code name ("OK", "ABORTED").
  CounterFamily commands;
  // redress_commands_in_flight: accepted and not yet answered.
  Gauge commands_in_flight;
  // redress_refusals_total{method,reason}: commands the domain refused.
  CounterFamily refusals;

  // --- resources --- redress_clock_skew_seconds: how far the newest recorded time read lies ahead
  // of the own clock; 0 when behind.
  Gauge clock_skew_seconds;
  // redress_rocksdb_memtable_bytes, redress_rocksdb_block_cache_bytes (shared by the services of a
  // process), redress_rocksdb_table_reader_bytes, redress_rocksdb_disk_bytes.
  Gauge rocksdb_memtable_bytes;
  Gauge rocksdb_block_cache_bytes;
  Gauge rocksdb_table_reader_bytes;
  Gauge rocksdb_disk_bytes;

  // The name this set was made for; "" for handles that count nothing.
  std::string service;
};

}  // namespace redress
