// The load: a process of its own, forked before this one has threads, so that its processor time
// (gRPC client included) is not mixed with that of the suite. It is told what to send through a
// pipe and answers with counts and latencies; how many complaints are routed it reads from shared
// memory.
//
// Threads: one.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "tests/perf/demo_texts.h"
#include "tests/perf/histogram.h"

namespace redress::perf {

// What to send. Plain bytes: goes through a pipe.
struct Load {
  // kSubmit: one complaint a call; kPublish: many channel messages a call; kEcho: nothing but
  // bytes, for the limit of gRPC.
  enum class Kind : uint32_t { kSubmit, kPublish, kEcho };
  Kind kind = Kind::kSubmit;
  char target[64] = {};
  // Complaints are numbered from here.
  uint64_t first = 0;
  // Complaints a second, evenly; 0: as fast as they are taken.
  double rate = 0;
  int64_t duration_us = 0;
  uint32_t calls_in_flight = 0;
  // kPublish: at most.
  uint32_t items_per_call = 0;
  // rate 0: complaints sent and not routed are at most as many as were routed in so long.
  int64_t window_us = 0;
  // kEcho: sizes of request and answer, bytes.
  uint32_t request_bytes = 0;
  uint32_t response_bytes = 0;
};

struct Sent {
  uint64_t complaints = 0;
  uint64_t calls = 0;
  uint64_t failed = 0;
  char first_failure[200] = {};
  // As serialised, of all calls.
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;
  int64_t began_us = 0;
  int64_t ended_us = 0;
  // Complaints sent and not routed, at most.
  uint64_t most_outstanding = 0;
  // From when the call was to be made to its answer.
  Histogram call;
};

class Generator {
 public:
  // Forks. Precondition: the process has one thread.
  static absl::StatusOr<std::unique_ptr<Generator>> Fork(const DemoTexts& texts);
  // Ends the process.
  ~Generator();

  // The observer's counter.
  std::atomic<uint64_t>* routed() { return routed_; }
  pid_t pid() const { return pid_; }

  // Blocks until everything is sent and answered.
  absl::StatusOr<Sent> Send(const Load& load);

 private:
  Generator() = default;

  pid_t pid_ = 0;
  int orders_ = -1;
  int answers_ = -1;
  std::atomic<uint64_t>* routed_ = nullptr;
};

}  // namespace redress::perf
