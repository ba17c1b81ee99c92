#include "libs/host/metrics_export.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/text.h"
#include "libs/base/time.h"

namespace redress {

void MetricsExport::Add(const Counter& counter, const std::string& key, uint64_t total) {
  uint64_t& seen = seen_[key];
  if (total > seen) counter.Increment(static_cast<double>(total - seen));
  seen = total;
}

void MetricsExport::AddLatency(const Histogram& histogram, const std::string& key,
                               const LatencyCounter& counter) {
  for (int bucket = 0; bucket < LatencyCounter::kBuckets; ++bucket) {
    uint64_t& seen = seen_[absl::StrCat(key, bucket)];
    const uint64_t total = counter.count(bucket);
    // The exact value inside its bucket is gone: the bucket's middle stands for it.
    const double seconds = static_cast<double>(LatencyCounter::UpperBoundMicros(bucket)) * 0.75e-6;
    for (; seen < total; ++seen) histogram.Observe(seconds);
  }
}

void MetricsExport::Tell(const std::string& key, uint64_t now, std::string_view message,
                         LogFields fields) {
  uint64_t& before = seen_[key];
  if (now > before) Log(LogLevel::kWarning, metrics_.service, message, fields);
  before = now;
}

void MetricsExport::AddFlushes(const RuntimeCounters& counters) {
  const uint64_t flushes = counters.flushes;
  const uint64_t rows = counters.flushed_rows;
  uint64_t& flushes_seen = seen_["flushes"];
  uint64_t& rows_seen = seen_["flushed-rows"];
  if (flushes <= flushes_seen) return;
  // Their mean stands for each flush since the last time.
  const double mean =
      static_cast<double>(rows - rows_seen) / static_cast<double>(flushes - flushes_seen);
  for (; flushes_seen < flushes; ++flushes_seen) metrics_.flush_rows.Observe(mean);
  rows_seen = rows;
}

void MetricsExport::Export(Service& service, const ProjectionStore& store,
                           const std::map<TopicPartition, Offset>& ends, absl::Time now,
                           bool ready) {
  RuntimeCounters& counters = service.counters();
  metrics_.ready.Set(ready ? 1 : 0);
  int64_t lag = 0;
  for (const auto& [source, end] : ends) {
    const int64_t position = service.projector().folded_end(source).value();
    const std::string partition = std::to_string(source.partition.value());
    metrics_.position_offset.With({TopicName(source.topic), partition})
        .Set(static_cast<double>(position));
    metrics_.log_end_offset.With({TopicName(source.topic), partition})
        .Set(static_cast<double>(end.value()));
    lag += std::max<int64_t>(0, end.value() - position);
  }
  metrics_.lag_records.Set(static_cast<double>(lag));
  const absl::Time newest = FromMicros(counters.newest_recorded_us);
  const double behind = absl::ToDoubleSeconds(now - newest);
  metrics_.lag_seconds.Set(lag == 0 ? 0 : std::max(0.0, behind));
  metrics_.clock_skew_seconds.Set(std::max(0.0, -behind));
  for (const auto& type : counters.events) {
    for (int verdict = 0; verdict < kVerdictCount; ++verdict) {
      const uint64_t total = type->by_verdict[verdict];
      if (total == 0) continue;
      const std::string_view name = VerdictName(static_cast<Verdict>(verdict));
      Add(metrics_.events_folded.With({type->name, name}),
          absl::StrCat("event", type->type, ".", verdict), total);
    }
  }
  Add(metrics_.illegal_transitions, "illegal", counters.illegal_transitions);
  Add(metrics_.trimmed_records, "trimmed", counters.trimmed_records);
  Tell("trimmed-told", counters.trimmed_records,
       "records were gone by time before they were read: reading went on with the oldest there is",
       {{"records", counters.trimmed_records.load()}});
  metrics_.newer_than_me.Set(static_cast<double>(counters.newer_events));
  Tell("newer", counters.newer_events, "events of a newer release: upgrade this instance",
       {{"events", counters.newer_events.load()}});
  AddLatency(metrics_.flush_seconds, "flush", counters.flush_latency);
  AddFlushes(counters);
  for (const auto& [kind, count] : service.WorkCounts()) {
    metrics_.work_waiting.With({kind}).Set(static_cast<double>(count.waiting));
    metrics_.work_oldest_seconds.With({kind}).Set(count.oldest_seconds);
    metrics_.work_parked.With({kind}).Set(static_cast<double>(count.parked));
    Tell("parked-" + kind, count.parked, "work is given up after repeated failure",
         {{"kind", kind}, {"rows", count.parked}});
  }
  Add(metrics_.duplicates_with_row, "duplicate-row", counters.duplicate_with_row);
  Add(metrics_.conflicts.With({"conflict"}), "conflict",
      counters.actor_conflicts + counters.command_conflicts);
  metrics_.commands_in_flight.Set(static_cast<double>(counters.commands_in_flight));
  const ProjectionStore::Memory memory = store.memory();
  metrics_.rocksdb_memtable_bytes.Set(static_cast<double>(memory.memtable_bytes));
  metrics_.rocksdb_block_cache_bytes.Set(static_cast<double>(memory.cache_bytes));
  metrics_.rocksdb_table_reader_bytes.Set(static_cast<double>(memory.table_reader_bytes));
  metrics_.rocksdb_disk_bytes.Set(static_cast<double>(memory.disk_bytes));
}

}  // namespace redress
