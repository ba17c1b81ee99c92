#include "tests/perf/observer.h"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "libs/base/check.h"
#include "libs/runtime/decoded_event.h"
#include "redress/event/v1/record.pb.h"

namespace redress::perf {
namespace {

constexpr std::string_view kTypes = "redress.event.v1.";
// Looks again after so long when nothing was there: finer than what is measured, and cheaper than
// being woken.
constexpr absl::Duration kPause = absl::Milliseconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<Observer>> Observer::Start(EventLog* log,
                                                          std::atomic<uint64_t>* routed) {
  std::vector<ReadFrom> starts;
  for (int32_t p = 0; p < log->PartitionCount(Topic::kComplaints); ++p) {
    starts.push_back({{Topic::kComplaints, Partition(p)}, Offset(0)});
  }
  auto reader = log->OpenReader(std::move(starts));
  if (!reader.ok()) return reader.status();
  return std::unique_ptr<Observer>(new Observer(*std::move(reader), routed));
}

Observer::Observer(std::unique_ptr<LogReader> reader, std::atomic<uint64_t>* routed)
    : reader_(std::move(reader)), routed_(routed) {
  reader_->SetWake([] {});
  thread_ = std::thread([this] { Run(); });
}

Observer::~Observer() {
  stop_ = true;
  thread_.join();
}

void Observer::Run() {
  pthread_setname_np(pthread_self(), "observer");
  ReadBatch batch;
  while (!stop_) {
    const absl::Status polled = reader_->Poll(4096, &batch);
    if (!polled.ok() && !absl::IsUnavailable(polled)) {
      std::fprintf(stderr, "the log cannot be read: %s\n", polled.ToString().c_str());
      std::_Exit(1);
    }
    if (!batch.records.empty()) {
      const int64_t now_us = absl::ToUnixMicros(absl::Now());
      MutexLock lock(mutex_);
      for (const RecordView& record : batch.records) See(record, now_us);
      routed_->store(observed_.routed());
    } else {
      absl::SleepFor(kPause);
    }
    batch.Clear();
  }
}

void Observer::See(const RecordView& record, int64_t now_us) {
  std::string_view type = record.Header("ce_type").value_or("");
  if (type.substr(0, kTypes.size()) == kTypes) type.remove_prefix(kTypes.size());
  ++observed_.records[std::string(type)];
  if (type == "ComplaintReceived") {
    const std::shared_ptr<const DecodedEvent> decoded = DecodedEvent::Of(record);
    REDRESS_CHECK(!decoded->malformed());
    ++observed_.received;
    open_.emplace(decoded->header().stream,
                  Open{decoded->event().header().occurred_at_us(), now_us});
  } else if (type == "ComplaintAssigned" || type == "ComplaintQueued") {
    const auto complaint = open_.find(ComplaintId::FromBytesOrNone(record.key.value_or("")));
    if (complaint == open_.end()) return;
    observed_.last_routed_us = now_us;
    if (type == "ComplaintAssigned") {
      ++observed_.assigned;
      observed_.to_assigned.Add(now_us - complaint->second.to_be_sent_us);
      observed_.taken_in_to_assigned.Add(now_us - complaint->second.taken_in_us);
    } else {
      ++observed_.queued;
    }
    open_.erase(complaint);
  }
}

Observed Observer::Look() const {
  MutexLock lock(mutex_);
  return observed_;
}

void Observer::ForgetLatencies() {
  MutexLock lock(mutex_);
  observed_.to_assigned = Histogram();
  observed_.taken_in_to_assigned = Histogram();
}

}  // namespace redress::perf
