// Sees from outside how far the complaints have come: reads the complaint log as a further reader,
// on a thread of its own ("observer", its processor time is told apart), without touching the
// services. It notes when a complaint was to be sent (the time of occurrence of its opening event)
// and when it read the assignment (or that it is queued).
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"
#include "tests/perf/histogram.h"

namespace redress::perf {

// Since the observer began.
struct Observed {
  uint64_t received = 0;
  // First routed to an agent, or, since nobody in the policy has the skill that it needs, to a
  // queue.
  uint64_t assigned = 0;
  uint64_t queued = 0;
  uint64_t routed() const { return assigned + queued; }
  // Records on the complaint log, void ones included, by type.
  std::map<std::string, uint64_t> records;
  uint64_t records_total() const {
    uint64_t total = 0;
    for (const auto& [type, count] : records) total += count;
    return total;
  }
  // When the last of these events was read, µs since 1970.
  int64_t last_routed_us = 0;
  // From the scheduled moment of sending to the reading of the assignment, of complaints assigned
  // since the last `ForgetLatencies`.
  Histogram to_assigned;
  // Of the same complaints, from the reading of their first event: without what they waited before
  // they were taken in.
  Histogram taken_in_to_assigned;
};

class Observer {
 public:
  // Reads all that is there first. `routed`: kept up to date with `Observed::routed`; may lie in
  // memory shared with another process. Both outlive the observer.
  static absl::StatusOr<std::unique_ptr<Observer>> Start(EventLog* log,
                                                         std::atomic<uint64_t>* routed);
  ~Observer();

  Observed Look() const;
  void ForgetLatencies();

 private:
  Observer(std::unique_ptr<LogReader> reader, std::atomic<uint64_t>* routed);
  void Run();
  void See(const RecordView& record, int64_t now_us);

  const std::unique_ptr<LogReader> reader_;
  std::atomic<uint64_t>* const routed_;
  std::atomic<bool> stop_{false};
  mutable Mutex mutex_;  // guards what follows
  Observed observed_;
  struct Open {
    int64_t to_be_sent_us = 0;
    int64_t taken_in_us = 0;
  };
  absl::flat_hash_map<ComplaintId, Open> open_;
  std::thread thread_;
};

}  // namespace redress::perf
