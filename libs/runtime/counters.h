// What a service counts about itself: plain atomics, exported by the module that runs it. Any
// thread may read.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/domain/verdict.h"

namespace redress {

// Latencies in buckets of powers of two from 64 µs: the last is open.
class LatencyCounter {
 public:
  static constexpr int kBuckets = 20;
  void Record(int64_t micros) {
    int bucket = 0;
    while (bucket < kBuckets - 1 && micros > UpperBoundMicros(bucket)) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_micros_.fetch_add(static_cast<uint64_t>(micros < 0 ? 0 : micros),
                          std::memory_order_relaxed);
  }
  static constexpr int64_t UpperBoundMicros(int bucket) { return int64_t{64} << bucket; }
  uint64_t count(int bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
  uint64_t sum_micros() const { return sum_micros_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<uint64_t>, kBuckets> counts_{};
  std::atomic<uint64_t> sum_micros_{0};
};

// Judged events of one payload type.
struct TypeCounter {
  // 0: a type that this release does not know, or a malformed record.
  uint32_t type = 0;
  std::string name;
  std::array<std::atomic<uint64_t>, kVerdictCount> by_verdict{};
};

struct RuntimeCounters {
  RuntimeCounters();

  // Projector. By type, the unknown one first.
  std::vector<std::unique_ptr<TypeCounter>> events;
  TypeCounter& EventsOf(uint32_t type);
  std::atomic<uint64_t> illegal_transitions{0};
  // Offsets of a topic bounded by time that were gone before they could be folded here.
  std::atomic<uint64_t> trimmed_records{0};
  std::atomic<uint64_t> newer_events{0};
  std::atomic<uint64_t> unreadable_payloads{0};
  std::atomic<uint64_t> flushes{0};
  std::atomic<uint64_t> flushed_rows{0};
  std::atomic<uint64_t> flushed_bytes{0};
  std::atomic<uint64_t> flush_failures{0};
  LatencyCounter flush_latency;
  // Newest recorded time folded, µs; lag in seconds is taken from it while records wait.
  std::atomic<int64_t> newest_recorded_us{0};
  std::atomic<bool> caught_up{false};

  // Actor.
  std::atomic<uint64_t> work_rows{0};
  std::atomic<int64_t> oldest_work_us{0};
  std::atomic<uint64_t> parked_rows{0};
  std::atomic<uint64_t> duplicate_with_row{0};
  std::atomic<uint64_t> actor_appends{0};
  std::atomic<uint64_t> actor_conflicts{0};
  std::atomic<uint64_t> actor_timeouts{0};
  LatencyCounter append_latency;

  // Command path.
  std::atomic<uint64_t> commands{0};
  std::atomic<uint64_t> command_conflicts{0};
  std::atomic<uint64_t> command_refusals{0};
  std::atomic<uint64_t> command_replays{0};
  std::atomic<uint64_t> command_unknown{0};
  std::atomic<int64_t> commands_in_flight{0};
  LatencyCounter command_latency;

 private:
  absl::flat_hash_map<uint32_t, TypeCounter*> by_type_;
};

}  // namespace redress
